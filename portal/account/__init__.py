"""Everybody's own account: where they are signed in, and ending it."""

from portal.account.views import bp

__all__ = ["bp"]
