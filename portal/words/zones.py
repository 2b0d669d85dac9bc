"""The words for zones: in which one a page is read, and those that somebody may choose."""

import zoneinfo
from datetime import tzinfo
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone, get_timezone_location
from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _

from vault import clock


def is_to_be_named() -> None:
    """Let the page at hand say in which zone its hours are, once."""
    g.names_zone = True


def line() -> str:
    """What the page says of its zone, once; empty where it shows no hour."""
    return zone_words() if g.get("names_zone") else ""


def zone_words(zone: tzinfo | None = None) -> str:
    """A zone as people name it: by its city; the reader's where none is given."""
    name = str(zone or clock.zone())
    return name if name == "UTC" else _("%(city)s time", city=_city(name, get_locale() or Locale("be")))


def offered() -> list[tuple[str, str]]:
    """The zones to choose from, each with its city in the reader's language, by city."""
    return list(_offered(get_locale() or Locale("be")))


@lru_cache(maxsize=4)
def _offered(locale: Locale) -> tuple[tuple[str, str], ...]:
    known = zoneinfo.available_timezones() & get_global("zone_territories").keys()
    named = [(name, _city(name, locale)) for name in known if "/" in name and not name.startswith("Etc/")]
    return tuple(sorted(named, key=lambda pair: (pair[1].casefold(), pair[0])))


def _city(name: str, locale: Locale) -> str:
    return str(get_timezone_location(get_timezone(name), locale=locale, return_city=True))
