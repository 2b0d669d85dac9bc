"""Periods that figures are made for: whole months, in UTC."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vault import clock
from vault.refusals import Refused

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class BadPeriod(Refused):
    """Not a period of whole months that has ended or is under way."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first of a month until before the first of another. Days would let figures of two periods be compared
    to find one person."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since.day != 1 or self.until.day != 1 or self.since >= self.until:
            raise BadPeriod(f"{self.since} to {self.until}")

    @property
    def begins(self) -> datetime:
        """The first moment in it."""
        return clock.start_of(self.since)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return clock.start_of(self.until)

    def overlaps(self, other: "Period") -> bool:
        """Whether they have a month in common."""
        return self.since < other.until and other.since < self.until

    @property
    def is_quarter(self) -> bool:
        """Whether it is a quarter of a year."""
        return self == quarter(self.since.year, (self.since.month + 2) // 3)

    @property
    def name(self) -> str:
        """A quarter as `named` reads it."""
        return f"{self.since.year}-Q{(self.since.month + 2) // 3}"

    def holds(self, other: "Period") -> bool:
        """Whether the whole of `other` lies in it."""
        return self.since <= other.since and other.until <= self.until


def quarter(year: int, number: int) -> Period:
    """A quarter of a year, from 1 to 4."""
    return Period(date(year, 3 * number - 2, 1), _month_after(year, 3 * number))


def named(text: str) -> Period:
    """The period that "2026-Q3" or "2026" names.

    Raises:
        BadPeriod: neither.
    """
    try:
        if match := _QUARTER.fullmatch(text):
            return quarter(int(match[1]), int(match[2]))
        if _YEAR.fullmatch(text):
            return Period(date(int(text), 1, 1), date(int(text) + 1, 1, 1))
    except ValueError as error:
        raise BadPeriod(text) from error
    raise BadPeriod(text)


def months(first: str, last: str) -> Period:
    """From the month "2026-01" to the end of the month "2026-06".

    Raises:
        BadPeriod: not months, or the second before the first.
    """
    begins, ends = _MONTH.fullmatch(first), _MONTH.fullmatch(last)
    if begins is None or ends is None:
        raise BadPeriod(f"{first} to {last}")
    try:
        return Period(date(int(begins[1]), int(begins[2]), 1), _month_after(int(ends[1]), int(ends[2])))
    except ValueError as error:
        raise BadPeriod(f"{first} to {last}") from error


def ended(today: date, length: int) -> Period:
    """The last `length` months that have ended."""
    last = 12 * today.year + today.month - 1
    return Period(_of_month(last - length), _of_month(last))


def _of_month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def month_names(period: Period) -> tuple[str, str]:
    """The first and the last month, as `months` reads them."""
    last = period.until - timedelta(days=1)
    return f"{period.since:%Y-%m}", f"{last:%Y-%m}"


def quarters_ended(today: date, count: int) -> list[Period]:
    """The last `count` quarters that have ended, the newest first."""
    last = 4 * today.year + (today.month - 1) // 3 - 1
    return [quarter(number // 4, number % 4 + 1) for number in range(last, last - count, -1)]


def _month_after(year: int, month: int) -> date:
    return _of_month(12 * year + month)
