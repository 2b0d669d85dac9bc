"""The legal clock: when a period ends (Regulation (EEC, Euratom) No 1182/71; GDPR Art. 12(3) and 33)."""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from consent.people.zones import OF_COUNTRY
from vault.policy import law

# The countries whose public holidays are known here.
ZONES = {country: OF_COUNTRY[country] for country in ("DK", "GB", "LT", "NL", "PL")}
# Public holidays differ inside the United Kingdom; the controller's are those of England and Wales (a setting).
SUBDIVISIONS = {"GB": "ENG"}
_DAY = timedelta(days=1)


class UnknownCountry(Exception):
    """A country whose public holidays are not known here."""


class BadPause(Exception):
    """A pause that ends before it begins, begins outside the period, or before another one has ended."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A last day that was not a working day; `holiday` is the holiday's name, None for a Saturday or Sunday."""

    day: date
    holiday: str | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a period ends, and why then.

    `last_day` ends with its last hour. `nominal` is the day it would be without Art. 3(4); `skipped` are the days in
    between. `shortened_month` says that the month has no day with the number of the day of receipt.
    """

    received: date
    country: str
    months: int
    paused_days: int
    nominal: date
    last_day: date
    shortened_month: bool
    skipped: tuple[Skipped, ...]

    @property
    def reason(self) -> str:
        """Why it ends on that day, in English."""
        months = "one month" if self.months == 1 else f"{self.months} months (extended, counted from receipt)"
        parts = [f"{months} from {_day(self.received)}, the day of receipt not counted"]
        if self.shortened_month:
            parts.append("the month has no such day, so its last")
        if self.paused_days:
            parts.append(f"paused for {self.paused_days} {'day' if self.paused_days == 1 else 'days'}")
        parts += [
            f"{_day(each.day)} is {each.holiday or 'a ' + calendar.day_name[each.day.weekday()]}"
            for each in self.skipped
        ]
        return "; ".join(parts)


def deadline(
    received: date,
    country: str,
    *,
    extended: bool = False,
    pauses: Collection[tuple[date, date]] = (),
    subdivision: str | None = None,
) -> Deadline:
    """The last day for answering a request received on `received` by a controller in `country` (ISO 3166).

    One month, or three when `extended`, counted from receipt (GDPR Art. 12(3)); the days from question to answer of
    each pause are added (Art. 12(6), recital 63). The day of receipt is not counted; a last day that is a holiday,
    Saturday or Sunday moves to the end of the next working day, once (Regulation 1182/71 Art. 3(1), 3(2)(c), 3(4)).

    Raises:
        UnknownCountry: no holidays are known for it.
        BadPause: a pause that cannot be.
    """
    period = _Period(received, country, extended=extended, subdivision=subdivision)
    for pause in sorted(pauses):
        if not period.admits(pause):
            raise BadPause(f"{pause[0]} to {pause[1]}")
        period.add(pause)
    return period.deadline()


def pauses_that_count(
    received: date, country: str, *, extended: bool = False, pauses: Collection[tuple[date, date]] = ()
) -> list[tuple[date, date]]:
    """Those of `pauses` that `deadline` admits: one that began after the last day, or before the count began, is none.

    Raises:
        UnknownCountry: no holidays are known for it.
    """
    period = _Period(received, country, extended=extended)
    counted = []
    for pause in sorted(pauses):
        if period.admits(pause):
            period.add(pause)
            counted.append(pause)
    return counted


class _Period:
    """A period that pauses lengthen, one after the other."""

    def __init__(self, received: date, country: str, *, extended: bool, subdivision: str | None = None) -> None:
        self._received, self._country, self._subdivision = received, country, subdivision
        self._months = (law.EXTENDED_MONTHS if extended else law.ANSWER_MONTHS).fixed
        self._end, self._shortened = _months_later(received, self._months)
        self._paused = timedelta()
        self._counts_from = received

    def admits(self, pause: tuple[date, date]) -> bool:
        """Whether the clock can rest from the one day to the other: it still runs on the day on which that begins."""
        begun, ended = pause
        return self._counts_from <= begun <= ended and begun <= self.deadline().last_day

    def add(self, pause: tuple[date, date]) -> None:
        begun, ended = pause
        self._paused += ended - begun
        self._counts_from = ended

    def deadline(self) -> Deadline:
        nominal = last = self._end + self._paused
        skipped: list[Skipped] = []
        while not is_working_day(last, self._country, self._subdivision):
            skipped.append(Skipped(last, _holidays(self._country, self._subdivision).get(last)))
            last += _DAY
        paused = self._paused.days
        return Deadline(
            self._received, self._country, self._months, paused, nominal, last, self._shortened, tuple(skipped)
        )


def _months_later(day: date, months: int) -> tuple[date, bool]:
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    length = calendar.monthrange(year, month)[1]
    return date(year, month, min(day.day, length)), day.day > length


def is_working_day(day: date, country: str, subdivision: str | None = None) -> bool:
    """Whether `day` is neither a Saturday, a Sunday nor a public holiday of `country` (Regulation 1182/71 Art. 2).

    Raises:
        UnknownCountry: no holidays are known for it.
    """
    return day.weekday() < 5 and day not in _holidays(country, subdivision)


@lru_cache(maxsize=32)
def _holidays(country: str, subdivision: str | None) -> holidays.HolidayBase:
    if country not in ZONES:
        raise UnknownCountry(country)
    return holidays.country_holidays(country, subdiv=subdivision or SUBDIVISIONS.get(country), language="en_US")


def day_of_receipt(moment: datetime, country: str) -> date:
    """The calendar day, where the controller is, on which something was received.

    Raises:
        UnknownCountry: a country without a known time zone.
    """
    return moment.astimezone(_zone(country)).date()


def breach_deadline(aware_at: datetime, country: str, subdivision: str | None = None) -> datetime:
    """Until when a breach is to be notified: 72 hours from awareness, weekends included (GDPR Art. 33(1)).

    The period has at least two working days in it (Regulation 1182/71 Art. 3(5)): where it has fewer, it ends with the
    last hour of the second.

    Raises:
        UnknownCountry: no holidays are known for it.
    """
    zone = _zone(country)
    end = aware_at + law.BREACH_NOTIFIED.fixed
    day, last, working = aware_at.astimezone(zone).date(), end.astimezone(zone).date(), 0
    while day <= last:
        working += is_working_day(day, country, subdivision)
        day += _DAY
    if working >= 2:
        return end
    while working < 2:
        working += is_working_day(day, country, subdivision)
        last, day = day, day + _DAY
    return datetime.combine(last, time.max, zone).astimezone(aware_at.tzinfo)


def _zone(country: str) -> ZoneInfo:
    if country not in ZONES:
        raise UnknownCountry(country)
    return ZoneInfo(ZONES[country])


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
