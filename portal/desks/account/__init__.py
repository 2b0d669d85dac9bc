"""Everybody's own account: what they sign in with, where they are signed in, and ending it."""

from portal.desks.account.person_views import bp as person_bp
from portal.desks.account.views import bp

__all__ = ["bp", "person_bp"]
