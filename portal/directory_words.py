"""The words of the directory: what is wrong in a file, days, countries and languages, in the three languages."""

from flask_babel import format_date, get_locale, lazy_pgettext

from mhpss.hsds.fields import Fault
from portal.words import LANGUAGE_NAMES
from vault import clock

FAULT_WORDS = {
    "object": lazy_pgettext("fault", "has to be an object"),
    "list": lazy_pgettext("fault", "has to be a list"),
    "missing": lazy_pgettext("fault", "is required, and missing"),
    "one_of": lazy_pgettext("fault", "is none of the words that HSDS has for it"),
    "text": lazy_pgettext("fault", "has to be a text without control characters"),
    "number": lazy_pgettext("fault", "has to be a number"),
    "uuid": lazy_pgettext("fault", "has to be a UUID"),
    "email": lazy_pgettext("fault", "has to be an e-mail address"),
    "uri": lazy_pgettext("fault", "has to be a web address with http or https"),
    "date": lazy_pgettext("fault", "has to be a date such as 2026-01-31"),
    "moment": lazy_pgettext("fault", "has to be a moment as RFC 3339 writes it"),
    "country": lazy_pgettext("fault", "has to be a country as two capital letters"),
    "long": lazy_pgettext("fault", "is longer than the directory can hold"),
    "term": lazy_pgettext("fault", "is no term of this taxonomy"),
    "ages": lazy_pgettext("fault", "makes no span of ages from 0 to 120"),
    "future": lazy_pgettext("fault", "lies in the future"),
    "confidential": lazy_pgettext("fault", "puts a confidential provider on the public page"),
    "twice": lazy_pgettext("fault", "is there twice"),
    "differs": lazy_pgettext("fault", "differs from the same provider elsewhere in the file"),
}
# In which languages people are helped, beside the three of the portal.
SERVICE_LANGUAGES = (*LANGUAGE_NAMES, "uk", "pl", "lt", "lv", "de", "ka")


def fault_in_words(fault: Fault) -> str:
    """Where a file is wrong and how, in a line."""
    return f"{fault.pointer or '/'}: {FAULT_WORDS[fault.reason]}"


def language_name(code: str) -> str:
    """A language by its own name where it is one of the portal's, else as the reader calls it."""
    locale = get_locale()
    return LANGUAGE_NAMES.get(code) or (locale.languages.get(code) if locale else None) or code


def country_name(code: str) -> str:
    """A country as the reader calls it."""
    locale = get_locale()
    return (locale.territories.get(code) if locale else None) or code


def weekday_name(weekday: int) -> str:
    """A day of the week in short; 0 is Monday."""
    # 5 January 1970 was a Monday.
    monday = clock.parse_instant("1970-01-05T00:00:00Z").date()
    return str(format_date(monday.replace(day=monday.day + weekday), "EEE"))
