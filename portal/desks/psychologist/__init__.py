"""The psychologist's desk, behind its wall: what needs them today, and their cases."""

from portal.desks.psychologist import cases, measures, records, referrals
from portal.desks.psychologist.views import bp

bp.register_blueprint(cases.bp)
bp.register_blueprint(measures.bp)
bp.register_blueprint(records.bp)
bp.register_blueprint(referrals.bp)

__all__ = ["bp"]
