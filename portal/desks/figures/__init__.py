"""The figures of support: what partner leads read of a period, and what they release of it."""

from portal.desks.figures.views import bp

__all__ = ["bp"]
