"""The ledger: events, what they come to, the log that proves them, the stores that follow, and their items."""
