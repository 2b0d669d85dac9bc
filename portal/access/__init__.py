"""Accounts, sign-in, second factor, sessions, invitations and permissions."""
