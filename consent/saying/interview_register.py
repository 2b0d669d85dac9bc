"""Reading the register of interviews that an organisation keeps: what each row says, and what is wrong in it."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import recipients
from consent.ledger import answers, scopes
from consent.people import subjects, zones
from consent.rules import ReasonCode
from consent.saying.answering import BadCondition, Method, check_conditions
from consent.saying.spreadsheets import Row, Unreadable, read_rows
from vault import clock

LISTS = ("only_recipients", "except_recipients", "except_kinds")
ANSWERS = (ReasonCode.GRANTED, ReasonCode.REFUSED, ReasonCode.ASK_FIRST, ReasonCode.UNANSWERED, ReasonCode.WITHDRAWN)
_OPTIONAL = ("language", "method", "form_version", "captured_by", *answers.CONDITIONS)
_LONG = ("interview_reference", "scope", "answer", "effective_at")
# A rejected file is mended and fed again as it is: its own two columns are passed over.
_OWN = ("row", "reason")
_KIND_PATTERN = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Statement:
    """One answer of one person as the register tells it."""

    reference: str
    scope: str
    answer: str
    effective_at: datetime
    body: Mapping[str, Any]
    row: Row

    @property
    def when(self) -> str:
        """When it was said as the file has it, a date or a moment: by that it is the same statement in every zone."""
        written = self.body.get(answers.AS_WRITTEN, {})
        return str(written.get("effective_at") or clock.rfc3339(self.effective_at))


@dataclass(slots=True)
class Register:
    """A file, checked: what may go in, and each row that may not with its reason."""

    header: tuple[str, ...]
    # By the reference as it is compared; `written` has it as the file's first row does.
    people: dict[str, list[Statement]] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    rejected: list[tuple[Row, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0


def read_mapping(path: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Column names by the file's own, and per column the values by the file's own (TOML: [columns], [values.COLUMN]).

    Raises:
        Unreadable: not TOML of that shape.
    """
    try:
        mapping = tomllib.loads(path.read_text(encoding="utf-8"))
        columns = {str(theirs): str(ours) for theirs, ours in mapping.get("columns", {}).items()}
        values = {
            str(column): {str(theirs): str(ours) for theirs, ours in table.items()}
            for column, table in mapping.get("values", {}).items()
        }
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise Unreadable(f"the mapping file cannot be read: {error}") from error
    return columns, values


def check(session: Session, path: Path, organisation: str, mapping: Path | None = None) -> Register:
    """Read the register of `organisation` at `path` (CSV or XLSX, long or wide) and check every row. Writes nothing.

    A date is that day where the organisation is. References that are alike (`subjects.compared`) are one person's.
    One that stands for several people is refused, and so is one that nobody has and that comes with withdrawals alone:
    a withdrawal never makes a new person.

    Raises:
        Unreadable: not such a file, a column is missing, or one has a name that stands for nothing: a condition
            under a misspelt name must not be lost.
    """
    columns, values = read_mapping(mapping) if mapping else ({}, {})
    rows = read_rows(path)
    header_row = next(rows, None)
    if header_row is None:
        raise Unreadable("the file is empty")
    names = tuple(columns.get(cell.strip(), cell.strip()) for cell in header_row.cells)
    known_scopes = scopes.catalogue(session)
    wide = "scope" not in names
    _check_header(names, known_scopes, wide)
    zone = zones.of_partner(session, organisation)
    checker = _Checker(known_scopes, recipients.directory(session), values, zone)
    register = Register(header=header_row.cells)
    groups: dict[tuple[str, str], list[Statement]] = {}
    bad: dict[tuple[str, str], int] = {}
    bad_rows: set[int] = set()
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        register.rows += 1
        if len(row.cells) != len(names):
            register.rejected.append((row, f"{len(row.cells)} cells where the header has {len(names)}"))
            bad_rows.add(row.number)
            _hold_back_person(checker.translated(dict(zip(names, row.cells, strict=False))), row, bad)
            continue
        for each in _long_cells(dict(zip(names, row.cells, strict=True)), known_scopes, wide):
            cells = checker.translated(each)
            try:
                statement = checker.statement(cells, row)
            except _BadRow as error:
                register.rejected.append((row, str(error)))
                bad_rows.add(row.number)
                bad.setdefault((subjects.compared(cells["interview_reference"]), cells["scope"]), row.number)
                continue
            reference = subjects.compared(cells["interview_reference"])
            register.written.setdefault(reference, cells["interview_reference"])
            person = register.people.setdefault(reference, [])
            if statement is not None:
                groups.setdefault((reference, statement.scope), []).append(statement)
                person.append(statement)
    _hold_back(register, groups, bad, bad_rows)
    known = subjects.by_reference(session, organisation, register.people)
    _refuse_strangers(register, known)
    _warn_of_strangers(register, known)
    _warn_of_ties(register, groups)
    return register


def _hold_back_person(cells: Mapping[str, str], row: Row, bad: dict[tuple[str, str], int]) -> None:
    if "interview_reference" in cells:
        bad.setdefault((subjects.compared(cells["interview_reference"]), ""), row.number)


def _check_header(names: Sequence[str], known_scopes: Mapping[str, Any], wide: bool) -> None:
    required = ("interview_reference", "effective_at") if wide else _LONG
    if missing := [name for name in required if name not in names]:
        raise Unreadable(f"column missing: {', '.join(missing)}")
    allowed = {*required, *_OPTIONAL, *_OWN, *(known_scopes if wide else ())}
    if unknown := [name or "(empty)" for name in names if name not in allowed]:
        raise Unreadable(f"unknown column: {', '.join(unknown)}; a mapping file can rename it")
    if len(set(names)) < len(names):
        raise Unreadable("a column stands there twice")
    if wide and not set(names) & set(known_scopes):
        raise Unreadable("neither a column named scope nor a column per scope")


def _long_cells(cells: dict[str, str], known_scopes: Mapping[str, Any], wide: bool) -> Iterator[dict[str, str]]:
    if not wide:
        yield cells
        return
    shared = {name: value for name, value in cells.items() if name not in known_scopes}
    for scope in known_scopes:
        if scope in cells:
            yield shared | {"scope": scope, "answer": cells[scope]}


class _BadRow(Exception):
    """Why a row cannot go in."""


class _Checker:
    """Reads one row at a time against the catalogue and the directory."""

    def __init__(
        self,
        known_scopes: Mapping[str, scopes.Scope],
        directory: Mapping[str, recipients.Recipient],
        values: Mapping[str, Mapping[str, str]],
        zone: tzinfo,
    ) -> None:
        self._scopes = known_scopes
        self._directory = directory
        self._values = values
        self._now = clock.now()
        self._zone = zone
        self._moments: dict[str, datetime | clock.Day] = {}

    def translated(self, cells: Mapping[str, str]) -> dict[str, str]:
        """`cells` without spaces around them, each value renamed as the mapping has it; a number on one line."""
        renamed = {name: self._values.get(name, {}).get(value.strip(), value.strip()) for name, value in cells.items()}
        if "interview_reference" in renamed:
            renamed["interview_reference"] = " ".join(renamed["interview_reference"].split())
        return renamed

    def statement(self, cells: Mapping[str, str], row: Row) -> Statement | None:
        """The statement in translated `cells`; None for an empty answer (not asked)."""
        reference = cells["interview_reference"]
        if not reference or len(reference) > 100 or not reference.isprintable():
            raise _BadRow("interview_reference: 1 to 100 printable characters")
        if cells["scope"] not in self._scopes:
            raise _BadRow(f"scope: {cells['scope'][:60]!r} is not in the catalogue")
        if cells["answer"] not in ("", *ANSWERS):
            raise _BadRow(f"answer: {cells['answer'][:60]!r} is none of {', '.join(ANSWERS)}")
        when = self._when(cells["effective_at"])
        body = self._body(cells)
        if not cells["answer"]:
            return None
        if isinstance(when, clock.Day):
            by_its_day = answers.known_by(when)
            written = by_its_day[answers.AS_WRITTEN] | body.get(answers.AS_WRITTEN, {})
            body, when = body | by_its_day | {answers.AS_WRITTEN: written}, when.begins
        return Statement(reference, cells["scope"], cells["answer"], when, body, row)

    def _when(self, text: str) -> datetime | clock.Day:
        if text not in self._moments:
            try:
                self._moments[text] = (
                    clock.day_in(date.fromisoformat(text), self._zone) if len(text) == 10 else clock.parse_instant(text)
                )
            except (ValueError, OverflowError) as error:
                raise _BadRow("effective_at: neither a date (2024-05-14) nor an RFC 3339 time") from error
        when = self._moments[text]
        if (when.begins if isinstance(when, clock.Day) else when) > self._now:
            raise _BadRow("effective_at: lies in the future")
        return when

    def _body(self, cells: Mapping[str, str]) -> dict[str, Any]:
        conditions: dict[str, Any] = {
            name: _list(cells[name]) if name in LISTS else cells[name] for name in answers.CONDITIONS if cells.get(name)
        }
        written = dict(conditions)
        try:
            conditions = check_conditions(conditions, self._zone)
        except BadCondition as error:
            raise _BadRow(f"{error.field}: cannot be read") from error
        for name in ("only_recipients", "except_recipients"):
            for key in conditions.get(name, ()):
                if key not in self._directory:
                    raise _BadRow(f"{name}: {key[:60]!r} is not in the recipient directory")
        for kind in conditions.get("except_kinds", ()):
            if not _KIND_PATTERN.fullmatch(kind):
                raise _BadRow(f"except_kinds: {kind[:60]!r} is not a kind")
        if cells.get("language") and cells["language"] not in scopes.LANGUAGES:
            raise _BadRow(f"language: none of {', '.join(scopes.LANGUAGES)}")
        if cells.get("method") and cells["method"] not in tuple(Method):
            raise _BadRow(f"method: none of {', '.join(Method)}")
        for name, most in (("form_version", 60), ("captured_by", 200)):
            if len(cells.get(name, "")) > most:
                raise _BadRow(f"{name}: at most {most} characters")
        told: dict[str, Any] = {
            name: cells[name] for name in ("language", "method", "form_version", "captured_by") if cells.get(name)
        }
        with suppress(ValueError):
            told[answers.AS_WRITTEN] = {"valid_until": date.fromisoformat(written.get("valid_until", "")).isoformat()}
        return conditions | told


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _hold_back(
    register: Register,
    groups: dict[tuple[str, str], list[Statement]],
    bad: Mapping[tuple[str, str], int],
    bad_rows: set[int],
) -> None:
    scopes_of: dict[str, list[str]] = {}
    for reference, scope in groups:
        scopes_of.setdefault(reference, []).append(scope)
    held: dict[str, set[tuple[int, str]]] = {}
    for (reference, scope), number in bad.items():
        for stated in [each for each in scopes_of.get(reference, ()) if scope in ("", each)]:
            for statement in groups.pop((reference, stated), ()):
                held.setdefault(reference, set()).add((statement.row.number, stated))
                if statement.row.number not in bad_rows:
                    bad_rows.add(statement.row.number)
                    reason = f"held back: row {number} of this person and scope is bad"
                    register.rejected.append((statement.row, reason))
    for reference, places in held.items():
        said = register.people[reference]
        register.people[reference] = [each for each in said if (each.row.number, each.scope) not in places]
        if not register.people[reference]:
            del register.people[reference]
    register.rejected.sort(key=lambda pair: pair[0].number)


def _refuse_strangers(register: Register, known: Mapping[str, str]) -> None:
    for reference, said in list(register.people.items()):
        given = {statement.answer for statement in said}
        if known.get(reference) == "":
            reason = "interview_reference: several people have a number like this one"
        elif reference not in known and ReasonCode.WITHDRAWN in given and given.isdisjoint(answers.PERMITTING):
            reason = "interview_reference: nobody has this number, and a withdrawal enrols nobody"
        else:
            continue
        rows = {statement.row.number: statement.row for statement in said}
        register.rejected.extend((row, reason) for row in rows.values())
        del register.people[reference]
    register.rejected.sort(key=lambda pair: pair[0].number)


def _warn_of_strangers(register: Register, known: Mapping[str, str]) -> None:
    """A withdrawal of somebody new stops nothing that was here: perhaps the number is another person's, mistyped."""
    for reference, said in register.people.items():
        if reference not in known and any(statement.answer == ReasonCode.WITHDRAWN for statement in said):
            register.warnings.append(f"{register.written[reference]}: is new here, and comes with a withdrawal")


def _warn_of_ties(register: Register, groups: Mapping[tuple[str, str], Sequence[Statement]]) -> None:
    for (reference, scope), said in groups.items():
        by_moment: dict[datetime, set[str]] = {}
        for statement in said:
            by_moment.setdefault(statement.effective_at, set()).add(statement.answer)
        for moment, given in by_moment.items():
            if len(given) > 1:
                who, when = register.written[reference], clock.rfc3339(moment)
                register.warnings.append(f"{who}, {scope}: several answers of {when}; the one that denies counts")


def write_rejected(register: Register, path: Path) -> None:
    """Write every row that did not go in, as it was, with its number and the reason, to be mended and fed again."""
    keep = [place for place, name in enumerate(register.header) if name.strip() not in _OWN]
    merged: dict[int, tuple[Row, list[str]]] = {}
    for row, reason in register.rejected:
        merged.setdefault(row.number, (row, []))[1].append(reason)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(register.header[place] for place in keep), *_OWN])
        for row, reasons in merged.values():
            cells = [row.cells[place] if place < len(row.cells) else "" for place in keep]
            writer.writerow([*cells, *row.cells[len(register.header) :], row.number, "; ".join(reasons)])
