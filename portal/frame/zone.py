"""In which zone a page is read: the reader's own, their partner's, or the installation's; a page names it once."""

from contextlib import ExitStack
from datetime import tzinfo

from flask import Flask, current_app, g
from flask_login import current_user

from consent.people import zones
from portal.access import accounts
from portal.frame.transaction import db
from portal.settings import Settings
from vault import clock


def init_app(app: Flask) -> None:
    """Let every request's days be those of whoever reads; machines read in UTC, whatever the zone."""
    app.before_request(_begin)
    app.teardown_request(_end)


def selected() -> tzinfo:
    """The zone of this request, looked for once."""
    if "zone" not in g:
        g.zone = _of_reader()
    found: tzinfo = g.zone
    return found


def name() -> str:
    """The name of that zone, for whatever shows a moment by itself."""
    return str(selected())


def _of_reader() -> tzinfo:
    settings: Settings = current_app.config["ZHODA"]
    otherwise = zones.named(settings.time_zone)
    if current_user and current_user.is_authenticated:
        return accounts.zone(db, current_user.account, otherwise)
    return otherwise


def _begin() -> None:
    g.days = ExitStack()
    g.days.enter_context(clock.read_in(selected))


def _end(_error: BaseException | None) -> None:
    if "days" in g:
        g.pop("days").close()
