"""The disclosure officer's desk: requests for assistance, their checks, releases, notices and the directory."""

from portal.desks.disclosure.directory import bp as _directory
from portal.desks.disclosure.items import bp as _items
from portal.desks.disclosure.notices import bp as _notices
from portal.desks.disclosure.overviews import bp as _overviews
from portal.desks.disclosure.releases import bp as _releases
from portal.desks.disclosure.views import bp

for part in (_items, _releases, _notices, _directory, _overviews):
    bp.register_blueprint(part)

__all__ = ["bp"]
