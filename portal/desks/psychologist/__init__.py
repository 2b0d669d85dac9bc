"""The psychologist's desk, behind its wall: what needs them today, and their cases."""

from portal.desks.psychologist import cases, measures, records, referral_making, referrals
from portal.desks.psychologist.views import bp

# Finding a service and preparing a referral hang their routes on the blueprint of the referrals.
bp.register_blueprint(cases.bp)
bp.register_blueprint(measures.bp)
bp.register_blueprint(records.bp)
bp.register_blueprint(referrals.bp)

__all__ = ["bp", "referral_making"]
