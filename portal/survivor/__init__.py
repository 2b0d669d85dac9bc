"""The person's own pages: what they agreed to, changing it, stopping it, and watching it stop."""

from portal.survivor.views import bp

__all__ = ["bp"]
