"""Pages for anybody, without an account: who is responsible for data, asking about them, and following the answer."""

from portal.desks.public_form.views import bp

__all__ = ["bp"]
