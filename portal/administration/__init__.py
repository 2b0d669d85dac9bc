"""The administrator's and the auditor's desks: accounts, stores, the ledger as a whole; never a person's content."""

from portal.administration.views import bp

__all__ = ["bp"]
