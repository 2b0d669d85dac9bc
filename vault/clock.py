"""The one source of time: UTC, in microseconds, and movable in tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole in tests

MICROSECOND = timedelta(microseconds=1)


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


def start_of(day: date) -> datetime:
    """The first moment of `day`, UTC."""
    return datetime.combine(day, time.min, UTC)


def plain_validity(text: str) -> str:
    """`text` as the one form of a date (2027-03-31) or of an instant that every client reads.

    Raises:
        ValueError: as `end_of_validity`.
    """
    ends = end_of_validity(text)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return rfc3339(ends)


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
    try:
        return start_of(day + timedelta(days=1))
    except OverflowError as error:
        raise ValueError("a date outside the calendar") from error
