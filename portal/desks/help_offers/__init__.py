"""The public page "what help exists": free, in three languages, without an account."""

from portal.desks.help_offers.views import bp

__all__ = ["bp"]
