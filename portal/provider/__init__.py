"""What a provider without an account opens: one referral, answered through its link."""

from portal.provider.views import bp

__all__ = ["bp"]
