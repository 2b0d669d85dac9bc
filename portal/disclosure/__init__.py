"""The disclosure officer's desk: requests for assistance, their checks, releases, notices and the directory."""

from portal.disclosure.directory import bp as _directory
from portal.disclosure.items import bp as _items
from portal.disclosure.notices import bp as _notices
from portal.disclosure.overviews import bp as _overviews
from portal.disclosure.releases import bp as _releases
from portal.disclosure.views import bp

for part in (_items, _releases, _notices, _directory, _overviews):
    bp.register_blueprint(part)

__all__ = ["bp"]
