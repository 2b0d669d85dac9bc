"""The documenter's desk: people, the consent conversation, invitations, and withdrawals told in person."""

from portal.documenter.conversation import bp as _conversation
from portal.documenter.views import bp

bp.register_blueprint(_conversation)

__all__ = ["bp"]
