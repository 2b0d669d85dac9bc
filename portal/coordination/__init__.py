"""The coordinator's desk: who waits, who has which case, and the services there are."""

from portal.coordination import services
from portal.coordination.views import bp

bp.register_blueprint(services.bp)

__all__ = ["bp"]
