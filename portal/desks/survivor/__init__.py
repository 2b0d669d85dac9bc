"""The person's own pages: what they agreed to, changing it, stopping it, watching it stop, and asking for more."""

from portal.desks.survivor import measures, requests, support
from portal.desks.survivor.views import bp

# Questionnaires hang their routes on the blueprint of support.
bp.register_blueprint(requests.bp)
bp.register_blueprint(support.bp)

__all__ = ["bp", "measures"]
