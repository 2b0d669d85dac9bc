"""Reports one after another: what a reader of several knows to add up, so that none undoes what another hides.

Somebody is new in one period only: who is new in a year is the sum of who is new in its parts. And whoever was
supported, referred, measured or came in a quarter was and did so in its year. Means of nearly the same people tell of
those few who are in one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from mhpss.figures import intervals, means, population, tables
from mhpss.figures.intervals import Sum
from mhpss.figures.means import Behind, Mean, Place
from mhpss.figures.periods import Period
from mhpss.figures.protection import Linked
from mhpss.figures.report import Report
from mhpss.figures.tables import COLUMNS, NEW, PEOPLE, WAYS, WHOLE, Counted, Key

# The columns of people who are new, which add up over periods.
_ADDED = (NEW, *(("waiting", name) for name in (*COLUMNS["waiting"], "begun", "none_yet")))
# What a longer period holds at least as many of, as columns to add up. The rest of "sessions" came to none in the
# period, that of "engagement" to none yet.
_GROWN = (
    (PEOPLE,),
    (("referrals", "made"),),
    (("sessions", "5_or_more"),),
    (("sessions", "1_to_4"), ("sessions", "5_or_more")),
    (("engagement", "going_on"), ("engagement", "closed"), ("engagement", "dropped_out")),
)


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier report as it went out, with its counts before anything was hidden, and who is behind its means."""

    report: Report
    counts: Mapping[Key, int]
    behind: Behind

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
        watched += [cell for cell, count in own.items() if 0 < count < threshold and cell[0] != "sum"]
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
    """Whoever is counted in what only grows, is counted there in a longer period around it."""
    for part, (mark, counts) in reports.items():
        for whole, (whole_mark, whole_counts) in reports.items():
            if part == whole or not whole.holds(part):
                continue
            for columns, place in _growing(counts, whole_counts):
                less, least = _sum_of(counts, mark, columns, place)
                most, greatest = _sum_of(whole_counts, whole_mark, columns, place)
                if (more := greatest[most] - least[less]) >= 0:
                    if len(columns) > 1:
                        yield tuple((*mark, *column, *place) for column in columns), less, least
                        yield tuple((*whole_mark, *column, *place) for column in columns), most, greatest
                    own = {("more", part, whole, *columns, *place): more}
                    yield (less, *own), most, own


def _growing(
    counts: Mapping[Key, int], whole_counts: Mapping[Key, int]
) -> Iterator[tuple[tuple[tuple[str, str], ...], Place]]:
    """The columns of `_GROWN` and of who is in figures that only some are in, at each place that both reports have."""
    partial = {(cell[0], "all") for cell in counts if cell[1] == "rest"}
    for way, row in {(cell[2], cell[3]) for cell in counts if cell[:2] == PEOPLE}:
        for columns in (*_GROWN, *((column,) for column in partial)):
            if all((*column, way, row) in whole_counts for column in columns):
                yield columns, (way, row)


def _sum_of(
    counts: Mapping[Key, int], mark: tuple[Any, ...], columns: Sequence[tuple[str, str]], place: Place
) -> tuple[Any, dict[Any, int]]:
    """The cell of some columns together, and its count."""
    cell = (*mark, *columns[0], *place) if len(columns) == 1 else ("sum", mark, *columns, *place)
    return cell, {cell: sum(counts[*column, *place] for column in columns)}


def with_means_of_many(report: Report, behind: Behind, earlier: Sequence[Before]) -> Report:
    """The report without those means that, set against earlier ones, would tell of a few people.

    That is what reports of overlapping periods tell by adding and taking away, and any two reports.
    """
    once = list({each.period: each for each in earlier}.values())
    overlapping = connected(report.period, once)
    against = [overlapping, *([each] for each in once if each not in overlapping)]
    kept = set(report.means)
    for of in dict.fromkeys((cell[0], cell[1]) for cell in report.means):
        kept -= _telling(report, behind, of, against)
    return replace(report, means={cell: value for cell, value in report.means.items() if cell in kept})


def _telling(report: Report, behind: Behind, of: Mean, against: Sequence[Sequence[Before]]) -> set[Key]:
    """Which values of a mean to leave out: all where the one of the whole tells of a few, or else some rows.

    What rows without a mean have together, a reader takes from the whole and the other rows: it must not tell either.
    """
    everywhere = {cell for cell in report.means if cell[:2] == of}

    def tells(places: Sequence[Place], shown_at: Place) -> bool:
        own = behind.in_rows(of, places)
        for several in against:
            others = [each.behind for each in several if (*of, *shown_at) in each.report.means]
            # Of whom an earlier mean is must be known.
            if any(of not in other.added for other in others):
                return True
            if means.tells_of_few(own, [other.in_rows(of, places) for other in others], report.threshold):
                return True
        return False

    if tells([WHOLE], WHOLE):
        return everywhere
    found: set[Key] = set()
    for way in WAYS:
        rows = [(way, row) for row in report.layout.rows(way)]
        shown = [place for place in rows if (*of, *place) in report.means and not tells([place], place)]
        without = [place for place in rows if place not in shown]
        while shown and without and tells(without, WHOLE):
            without.append(shown.pop(shown.index(min(shown, key=lambda place: len(behind.in_rows(of, [place]))))))
        found |= {(*of, *place) for place in without}
    return found & everywhere
