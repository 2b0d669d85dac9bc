"""What a provider without an account opens: one referral, answered through its link."""

from portal.desks.provider.views import bp

__all__ = ["bp"]
