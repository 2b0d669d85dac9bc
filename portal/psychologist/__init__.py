"""The psychologist's desk, behind its wall: what needs them today, and their cases."""

from portal.psychologist import cases
from portal.psychologist.views import bp

bp.register_blueprint(cases.bp)

__all__ = ["bp"]
