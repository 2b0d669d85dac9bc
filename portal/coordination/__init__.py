"""The coordinator's desk: who waits, who has which case, and the services there are."""

from portal.coordination.views import bp

__all__ = ["bp"]
