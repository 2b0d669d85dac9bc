"""Showing that the ledger is whole, to the house and to anybody with a file and no account."""
