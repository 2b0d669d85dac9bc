"""The evidence stores' interface: HTTP and JSON under /api/v1, for machines that hold a token."""

from portal.stores.problems import answers, problem_for
from portal.stores.views import bp, init_app

__all__ = ["answers", "bp", "init_app", "problem_for"]
