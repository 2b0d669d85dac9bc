"""The coordinator's desk: who waits, who has which case, and the services there are."""

from portal.coordination import entries, files, services
from portal.coordination.views import bp

for part in (services, entries, files):
    bp.register_blueprint(part.bp)

__all__ = ["bp"]
