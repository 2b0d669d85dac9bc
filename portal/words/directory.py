"""The words of the directory: what is wrong in a file, days, countries and languages, in the three languages."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from flask_babel import format_date, get_locale, lazy_pgettext
from flask_babel import gettext as _

from mhpss.hsds.fields import Fault
from mhpss.services.directory import OLDEST, Service
from mhpss.services.locations import Opening, Place
from portal.words.consent import LANGUAGE_NAMES
from portal.words.referral import CAPACITY_CHIPS, CAPACITY_WORDS, COST_WORDS, GENDER_WORDS, NEED_WORDS

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
    "provider": lazy_pgettext("fault", "gives a service that is here to another provider"),
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


def weekday_name(weekday: int, form: str = "EEEE") -> str:
    """A day of the week, in full or, as "EEE", in short; 0 is Monday."""
    return str(format_date(date(1970, 1, 5 + weekday), form))


def hours_in_words(hours: Sequence[Opening]) -> list[str]:
    """Opening hours, a line for each run of days that have the same."""
    by_day = [
        (weekday, ", ".join(f"{each.opens_at}–{each.closes_at}" for each in openings))
        for weekday, openings in groupby(sorted(hours), key=lambda each: each.weekday)
    ]
    # Days in a row with the same hours keep one distance from their place in the list.
    runs = groupby(enumerate(by_day), key=lambda each: (each[1][0] - each[0], each[1][1]))
    return [f"{_days([day for _place, (day, _stretches) in run])} {stretches}" for (_, stretches), run in runs]


def _days(weekdays: Sequence[int]) -> str:
    ends = weekdays[:1] if len(weekdays) == 1 else (weekdays[0], weekdays[-1])
    return "–".join(weekday_name(weekday, "EEE") for weekday in ends)


def ages_in_words(service: Service) -> str:
    """Whom a service is for, by age; empty where it is for everybody."""
    least, greatest = service.least_age, service.greatest_age
    if greatest >= OLDEST:
        return str(_("from %(least)s", least=least)) if least else ""
    return str(_("from %(least)s to %(greatest)s", least=least, greatest=greatest))


def where_in_words(place: Place) -> str:
    """Where a place is, in a line."""
    town = f"{place.postal_code} {place.city}".strip()
    parts = (place.name, place.street, town, place.region, country_name(place.country) if place.country else "")
    return ", ".join(filter(None, parts))


DIRECTORY_WORDS = {
    "CAPACITY_CHIPS": CAPACITY_CHIPS,
    "CAPACITY_WORDS": CAPACITY_WORDS,
    "COST_WORDS": COST_WORDS,
    "GENDER_WORDS": GENDER_WORDS,
    "NEED_WORDS": NEED_WORDS,
    "ages_in_words": ages_in_words,
    "country_name": country_name,
    "hours_in_words": hours_in_words,
    "language_name": language_name,
    "where_in_words": where_in_words,
}
