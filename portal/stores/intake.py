"""Taking a stream of items: validated line by line, registered in short transactions, in constant memory."""

import json
import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import ValidationError

from consent.deciding import lineage, registration
from consent.deciding.registration import Fault, Registration
from portal.frame.transaction import database
from portal.stores import bodies, callers
from portal.stores.schemas import ItemLine

_LINES_AT_A_TIME = 500
_NAMES_AT_A_TIME = 5000
_PIECE = 1000
_SHARE_OF_OTHERS = 0.25
_LONGEST_PAUSE = 0.1


class Refusal(NamedTuple):
    """Why a line was not taken."""

    type: str
    title: str


_TOO_LONG = Refusal("line-too-long", f"A line may have {bodies.LONGEST_LINE} bytes")
_NOT_JSON = Refusal("invalid-json", "A line must be one JSON value in UTF-8, without repeated names")
_NOT_AN_OBJECT = Refusal("invalid-field", "A line must be an object")
_UNKNOWN_FIELD = Refusal("unknown-field", "A line has a field that is unknown")
_TITLES = {
    Fault.UNKNOWN_SUBJECT: "A subject is unknown",
    Fault.AMBIGUOUS_SUBJECT: "A subject stands for several people; ORGANISATION/REFERENCE names one",
    Fault.UNKNOWN_BASIS: "A basis record is unknown",
    Fault.MAY_NOT_DECLARE: "This store may not declare that an item shows no data subject",
    Fault.DECLARED_WITH_PEOPLE: "An item with people cannot be declared to show no data subject",
    Fault.CIRCLE_OF_SOURCES: "The sources would close a circle",
    Fault.TOO_DEEP: f"More than {lineage.MOST_BELOW:,} items would lie one below another under an item",
}


class Rejections:
    """The lines that were not taken, in ten bytes each, so that a million of them do no harm."""

    def __init__(self) -> None:
        self._lines = array("Q")
        self._refusals = array("H")
        self._places: dict[Refusal, int] = {}

    def add(self, line: int, refusal: Refusal) -> None:
        """Note a line; lines come in their order."""
        self._lines.append(line)
        self._refusals.append(self._places.setdefault(refusal, len(self._places)))

    def as_json(self) -> Iterator[str]:
        """The entries of the answer, in pieces, with commas between them."""
        refusals = [json.dumps(refusal._asdict())[1:] for refusal in self._places]
        for start in range(0, len(self._lines), _PIECE):
            part = slice(start, start + _PIECE)
            entries = zip(self._lines[part], self._refusals[part], strict=True)
            yield ("," if start else "") + ",".join(f'{{"line": {line}, {refusals[place]}' for line, place in entries)


@dataclass(slots=True)
class Intake:
    """What became of a stream."""

    accepted: int = 0
    unchanged: int = 0
    rejections: Rejections = field(default_factory=Rejections)

    def as_json(self, revision: int) -> Iterator[str]:
        """The answer, in pieces."""
        yield f'{{"accepted": {self.accepted}, "unchanged": {self.unchanged}, "revision": {revision}, "rejected": ['
        yield from self.rejections.as_json()
        yield "]}"


@dataclass(slots=True)
class _Part:
    """Lines that go into one transaction, and those among them that cannot."""

    good: list[tuple[int, Registration]] = field(default_factory=list)
    bad: list[tuple[int, Refusal]] = field(default_factory=list)


def take(lines: Iterable[bytes | None]) -> Intake:
    """Register the items of `lines` for the calling store; each line goes in or is noted with its number.

    What a transaction took stays taken when a later one fails.
    """
    intake = Intake()
    for part in _parts(lines):
        if part.good:
            started = time.monotonic()
            with callers.writing() as (session, store):
                outcome = registration.register(session, store, [each for _, each in part.good])
            _let_others_write(time.monotonic() - started)
            intake.accepted += outcome.accepted
            intake.unchanged += outcome.unchanged
            part.bad += [
                (part.good[place][0], Refusal(fault, _TITLES[fault])) for place, fault in outcome.faults.items()
            ]
        for number, refusal in sorted(part.bad):
            intake.rejections.add(number, refusal)
    return intake


def _let_others_write(taken: float) -> None:
    # SQLite's lock has no queue: who waits for it tries again every so often, and would find it taken anew each time.
    if database().engine.dialect.name == "sqlite":
        time.sleep(min(taken * _SHARE_OF_OTHERS, _LONGEST_PAUSE))


def _parts(lines: Iterable[bytes | None]) -> Iterator[_Part]:
    part, count, names = _Part(), 0, 0
    for number, line in enumerate(lines, start=1):
        count += 1
        read = _read(line)
        if isinstance(read, Refusal):
            part.bad.append((number, read))
        elif read is not None:
            part.good.append((number, read))
            names += len(read.people) + len(read.sources)
        if count == _LINES_AT_A_TIME or names >= _NAMES_AT_A_TIME:
            yield part
            part, count, names = _Part(), 0, 0
    yield part


def _read(line: bytes | None) -> Registration | Refusal | None:
    if line is None:
        return _TOO_LONG
    if not line.strip():
        return None
    try:
        value = bodies.decode(line)
    except bodies.NotJson:
        return _NOT_JSON
    except bodies.TooManyMembers:
        return _UNKNOWN_FIELD
    try:
        return ItemLine.model_validate(value).registration()
    except ValidationError as error:
        return _refusal(error)


def _refusal(error: ValidationError) -> Refusal:
    wrong = error.errors(include_url=False, include_context=False, include_input=False)
    if any(each["type"] == "extra_forbidden" for each in wrong):
        return _UNKNOWN_FIELD
    place = ".".join(step for step in wrong[0]["loc"] if step in _FIELDS and isinstance(step, str))
    if not place:
        return _NOT_AN_OBJECT
    if wrong[0]["type"] == "missing":
        return Refusal("missing-field", f"A field is missing: {place}")
    return Refusal("invalid-field", f"A field is not valid: {place}")


# Only names of ours go into a title: a line's own words could be anything.
_FIELDS = frozenset(ItemLine.model_fields) | {"subject", "person", "role", "basis"}
