"""The coordinator's desk: who waits, who has which case, and the services there are."""

from portal.desks.coordination import entries, files, services
from portal.desks.coordination.views import bp

for part in (services, entries, files):
    bp.register_blueprint(part.bp)

__all__ = ["bp"]
