"""The data protection officer's desk: which store knows what, and what has not been confirmed."""

from portal.protection.views import bp

__all__ = ["bp"]
