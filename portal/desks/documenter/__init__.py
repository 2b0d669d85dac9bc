"""The documenter's desk: people, the consent conversation, invitations, and withdrawals told in person."""

from portal.desks.documenter.contact import bp as _contact
from portal.desks.documenter.conversation import bp as _conversation
from portal.desks.documenter.questions import bp as _questions
from portal.desks.documenter.views import bp

bp.register_blueprint(_contact)
bp.register_blueprint(_conversation)
bp.register_blueprint(_questions)

__all__ = ["bp"]
