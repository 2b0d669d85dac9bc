"""The one source of time: UTC, in microseconds, and movable in tests. Days are those of a zone that is named.

`today()` is the day of whoever acts: a request says in which zone it is read (`read_in`), all else is in UTC.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole in tests

MICROSECOND = timedelta(microseconds=1)
_zone: ContextVar[Callable[[], tzinfo]] = ContextVar("zone", default=lambda: UTC)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Let `now()` answer `moment` inside the block."""
    global _source
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with microseconds: the form in which the ledger commits to a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_the_minute(moment: datetime) -> str:
    """`moment` as RFC 3339, cut to the minute: all that an evidence store learns of a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")


def parse_instant(text: str) -> datetime:
    """The aware moment that RFC 3339 `text` names.

    Raises:
        ValueError: not RFC 3339, or without an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


@dataclass(frozen=True, slots=True)
class Day:
    """A day somewhere: the date as it is written, its first moment there, and the first moment after it."""

    date: date
    begins: datetime
    ends: datetime


def day_in(day: date, zone: tzinfo) -> Day:
    """`day` as it is in `zone`; one of a change of clocks has 23 or 25 hours.

    Raises:
        ValueError: a date outside the calendar.
    """
    try:
        return Day(day, start_of(day, zone), start_of(day + timedelta(days=1), zone))
    except OverflowError as error:
        raise ValueError("a date outside the calendar") from error


def start_of(day: date, zone: tzinfo = UTC) -> datetime:
    """The first moment of `day` in `zone`, in UTC. Where clocks are put forward at midnight, that is one o'clock."""
    return at(day, time.min, zone)


def at(day: date, hour: time, zone: tzinfo) -> datetime:
    """The moment at which clocks in `zone` show `hour` on `day`, in UTC.

    Of an hour that comes twice it is the first, of one that is left out the moment at which it would have been.
    """
    return datetime.combine(day, hour, zone).astimezone(UTC)


def shown_again(moment: datetime, zone: tzinfo) -> datetime:
    """The last moment at which clocks in `zone` show what they show at `moment`, in UTC; mostly `moment` itself."""
    return moment.astimezone(zone).replace(fold=1).astimezone(UTC)


def zone() -> tzinfo:
    """The zone of whoever acts; UTC where nobody in particular does."""
    return _zone.get()()


def today() -> date:
    """The day that it is where whoever acts is."""
    return now().astimezone(zone()).date()


@contextmanager
def read_in(found: Callable[[], tzinfo]) -> Iterator[None]:
    """Let days inside the block be those of the zone that `found` answers; it is asked when one is needed."""
    token = _zone.set(found)
    try:
        yield
    finally:
        _zone.reset(token)


def plain_validity(text: str, zone: tzinfo | None = None) -> str:
    """`text` as the one form of a date (2027-03-31) or of an instant that every client reads.

    With a zone, a date becomes the instant at which its day ends there, unless that is when it ends in UTC.

    Raises:
        ValueError: as `end_of_validity`.
    """
    ends = end_of_validity(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return rfc3339(ends)
    there = ends if zone is None else day_in(day, zone).ends
    return day.isoformat() if there == ends else rfc3339(there)


def end_of_validity(text: str) -> datetime:
    """The first moment at which something valid until `text` no longer holds.

    A date includes that UTC day; an instant is itself the first moment (spec: conditions, `valid_until`).

    Raises:
        ValueError: neither a date nor an RFC 3339 instant.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse_instant(text)
    return day_in(day, UTC).ends
