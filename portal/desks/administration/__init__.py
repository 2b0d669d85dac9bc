"""The administrator's and the auditor's desks: accounts, stores, the ledger as a whole; never a person's content."""

from portal.desks.administration.account_views import bp as _accounts
from portal.desks.administration.views import bp

bp.register_blueprint(_accounts)

__all__ = ["bp"]
