"""The person's own pages: what they agreed to, changing it, stopping it, watching it stop, and asking for more."""

from portal.survivor import requests
from portal.survivor.views import bp

bp.register_blueprint(requests.bp)

__all__ = ["bp"]
