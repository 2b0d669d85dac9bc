"""Host names apart for survivors, staff, stores and the public pages, where an installation sets them.

The public pages name the controllers, so they never share a name with what a survivor opens.
"""

from collections.abc import Collection

from flask import abort, current_app, request, url_for

from portal.access import permissions
from portal.access.accounts import Role
from portal.access.permissions import Who
from portal.settings import Settings

_SIGNED_OUT = frozenset({"survivors", "staff"})
_EVERYWHERE = ("static", "health.alive", "health.ready")
_PUBLIC = ("public",)


def check() -> None:
    """Answer only what belongs to the name that was asked, as if there were nothing else (before_request)."""
    hosts = _settings().hosts
    if not hosts or request.endpoint in _EVERYWHERE:
        return
    here = area()
    if here is None or (request.endpoint is not None and here not in areas_of(request.endpoint)):
        abort(404)


def area() -> str | None:
    """Which area the name that was asked is for; None where it is none of them."""
    asked = request.host.partition(":")[0].lower()
    onion = _settings().onion_location.rpartition("/")[2]
    if onion and asked == onion:
        return "survivors"
    return next((name for name, host in _settings().hosts.items() if host == asked), None)


def areas_of(endpoint: str) -> Collection[str]:
    """Where a route is to be found: by who may use it."""
    if endpoint.partition(".")[0] in _PUBLIC:
        return {"public"}
    permission = permissions.of(current_app, endpoint)
    if permission is None or permission.who is not Who.ROLES:
        machine = endpoint.partition(".")[0] == "stores"
        return {"stores"} if machine else _SIGNED_OUT
    found = {"survivors"} if Role.SURVIVOR in permission.roles else set()
    return found | ({"staff"} if permission.roles - {Role.SURVIVOR} else set())


def admits(role: str) -> bool:
    """Whether an account of that role may sign in at the name that was asked."""
    if not _settings().hosts:
        return True
    return area() == ("survivors" if role == Role.SURVIVOR else "staff")


def address(wanted: str, endpoint: str, *, code: str) -> str:
    """The whole address of a one-use page at the name of an area, as it is printed on paper."""
    host = _settings().hosts.get(wanted)
    if host is None:
        return url_for(endpoint, _external=True, code=code)
    return f"{request.scheme}://{host}{url_for(endpoint, code=code)}"


def _settings() -> Settings:
    settings: Settings = current_app.config["ZHODA"]
    return settings
