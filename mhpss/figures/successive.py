"""Reports one after another: what a reader of several knows to add up, so that none undoes what another hides.

Somebody is new in one period only: who is new in a year is the sum of who is new in its parts. And whoever was
supported in a quarter was supported in its year.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from mhpss.figures import intervals, population, tables
from mhpss.figures.intervals import Sum
from mhpss.figures.periods import Period
from mhpss.figures.protection import Linked
from mhpss.figures.report import Report
from mhpss.figures.tables import COLUMNS, NEW, PEOPLE, Counted, Key

# The columns of people who are new, which add up over periods.
_ADDED = (NEW, *(("waiting", name) for name in (*COLUMNS["waiting"], "begun", "none_yet")))


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier report as it went out, with its counts before anything was hidden."""

    report: Report
    counts: Mapping[Key, int]

    @property
    def period(self) -> Period:
        """What it is about."""
        return self.report.period


def connected(period: Period, earlier: Sequence[Before]) -> list[Before]:
    """The earlier reports whose periods overlap this one, or one that does; one that went out twice counts once."""
    once = list({each.period: each for each in earlier}.values())
    found: list[Before] = []
    reached = [period]
    while new := [each for each in once if each not in found and any(each.period.overlaps(one) for one in reached)]:
        found += new
        reached += [each.period for each in new]
    return found


def joined(
    session: Session, period: Period, counted: Counted, system: Linked, earlier: Sequence[Before], threshold: int
) -> Linked:
    """The system of a new report together with all that went out before and bears on it."""
    reports: dict[Period, tuple[tuple[Any, ...], Mapping[Key, int]]] = {period: ((), counted.counts)}
    counts, sums = dict(system.counts), list(system.sums)
    out: list[Any] = []
    closed = list(system.unseen)
    watched = list(system.watched)
    for number, each in enumerate(earlier):
        mark = ("before", number)
        reports[each.period] = (mark, each.counts)
        for cell, count in each.counts.items():
            counts[*mark, *cell] = count
            shown = each.report.cells.get(cell) is not None
            (out if shown else closed).append((*mark, *cell))
            if not shown and (cell[1] != "rest" or 0 < count < threshold):
                watched.append((*mark, *cell))
        sums += _marked(each.report.layout.sums(), mark)
    for parts, total, own in (*_added(session, reports), *_grown(reports)):
        counts.update(own)
        sums.append((parts, total))
        closed += own
        watched += [cell for cell, count in own.items() if 0 < count < threshold]
    return replace(system, counts=counts, sums=sums, out=out, unseen=closed, watched=watched)


def without_what_is_told(whole: Linked, counted: Counted, threshold: int) -> Linked:
    """The system watching only what hiding can keep from readers: not what earlier reports tell among themselves.

    They tell something where the records have changed since they went out.
    """
    hidden = {*counted.counts, *whole.unseen}
    told = set(intervals.exposed(whole.counts, whole.sums, hidden, whole.watched, threshold))
    return replace(whole, watched=[cell for cell in whole.watched if cell not in told])


def _marked(sums: Iterator[tuple[tuple[Key, ...], Key]], mark: tuple[Any, ...]) -> Iterator[Sum]:
    for parts, total in sums:
        yield tuple((*mark, *part) for part in parts), (*mark, *total)


_Equation = tuple[tuple[Any, ...], Any, dict[Any, int]]


def _added(
    session: Session, reports: Mapping[Period, tuple[tuple[Any, ...], Mapping[Key, int]]]
) -> Iterator[_Equation]:
    """New people of a period are those of its parts, as far as the records still say the same."""
    edges = sorted({day for each in reports for day in (each.since, each.until)})
    pieces = {piece: _new_in(session, piece) for piece in (Period(*both) for both in pairwise(edges))}
    for whole, (mark, counts) in reports.items():
        inside = {piece: found for piece, found in pieces.items() if whole.holds(piece)}
        for cell, count in counts.items():
            if (cell[0], cell[1]) in _ADDED:
                own = {("part", piece.since, *cell): found.get(cell, 0) for piece, found in inside.items()}
                if sum(own.values()) == count:
                    yield tuple(own), (*mark, *cell), own


def _new_in(session: Session, piece: Period) -> Mapping[Key, int]:
    people = [each for each in population.supported(session, piece, outcomes=False) if each.is_new]
    return tables.tally(people)[0]


def _grown(reports: Mapping[Period, tuple[tuple[Any, ...], Mapping[Key, int]]]) -> Iterator[_Equation]:
    """Whoever was supported in a period was supported in a longer one around it."""
    for part, (mark, counts) in reports.items():
        for whole, (whole_mark, whole_counts) in reports.items():
            if part == whole or not whole.holds(part):
                continue
            for cell, count in counts.items():
                more = whole_counts.get(cell, -1) - count
                if (cell[0], cell[1]) == PEOPLE and more >= 0:
                    own = {("more", part, whole, *cell): more}
                    yield ((*mark, *cell), *own), (*whole_mark, *cell), own
