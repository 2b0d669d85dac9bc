"""The data protection officer's desk: who has confirmed what, requests on their clock, and the records."""

from portal.desks.protection import accountability, requests
from portal.desks.protection.views import bp

bp.register_blueprint(requests.bp)
bp.register_blueprint(accountability.bp)

__all__ = ["bp"]
