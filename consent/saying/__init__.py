"""What a person says: conversations, answers, withdrawals, what the clock ends, and their receipts."""
