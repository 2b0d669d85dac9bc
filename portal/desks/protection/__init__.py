"""The data protection officer's desk: who has confirmed what, requests on their clock, and the records."""

from portal.desks.protection import accountability, request_acts, request_letters, requests
from portal.desks.protection.views import bp

# What is done with a request, and its letters, hang their routes on the blueprint of the requests.
bp.register_blueprint(requests.bp)
bp.register_blueprint(accountability.bp)

__all__ = ["bp", "request_acts", "request_letters"]
