"""The administrator's and the auditor's desks: accounts, stores, the ledger as a whole; never a person's content."""

from portal.desks.administration.account_views import bp as _accounts
from portal.desks.administration.outbox_views import bp as _outbox
from portal.desks.administration.views import bp

bp.register_blueprint(_accounts)
bp.register_blueprint(_outbox)

__all__ = ["bp"]
