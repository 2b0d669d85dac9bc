"""The tables of a report as one linked system: which cells there are, what adds up to what, and what must be hidden.

A cell is (indicator, column, way to break down, row); the last two are empty for the whole. Every indicator divides the
same people, so that all tables share the margins of the first: a cell hidden in one is hidden in each.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mhpss.figures.population import COUNTRIES, KINDS, LAYERS, REASONS, SATISFACTION, SESSIONS, WAITS, Person
from mhpss.measures import instruments
from mhpss.referral.feedback import Helped

Key = tuple[str, str, str, str]
Sum = tuple[tuple[Key, ...], Key]

WAYS = ("partner", "country", "layer")
WHOLE = ("", "")
PEOPLE, NEW = ("people", "all"), ("people", "new")
CHANGES = ("reliably_better", "no_reliable_change", "reliably_worse")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "people": ("new", "continuing"),
    "waiting": (*(name for name, _upto in WAITS), "longer"),
    "engagement": ("going_on", "closed", "dropped_out", "not_begun"),
    "sessions": ("none", *(name for name, _upto in SESSIONS), "5_or_more"),
    "referrals": ("completed", "under_way", "ended"),
}
_LEAST_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Which rows and indicators there are; the sums follow from it.

    `partial` are the indicators that only some people are part of, with their columns: satisfaction, and each measure.
    """

    partners: tuple[str, ...]
    partial: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def rows(self, way: str) -> tuple[str, ...]:
        """The rows of a way to break down, without the whole."""
        return {"partner": self.partners, "country": COUNTRIES, "layer": LAYERS}[way]

    @property
    def places(self) -> list[tuple[str, str]]:
        """Every row of every way, and the whole."""
        return [*((way, row) for way in WAYS for row in self.rows(way)), WHOLE]

    @property
    def indicators(self) -> tuple[str, ...]:
        """Every indicator, those that only some people are part of last."""
        return (*COLUMNS, *(name for name, _columns in self.partial))

    def columns(self, indicator: str) -> tuple[str, ...]:
        """The columns of an indicator, without its total."""
        return {**COLUMNS, **dict(self.partial)}[indicator]

    def sums(self) -> Iterator[Sum]:
        """Everything that a reader knows to add up."""
        for place in self.places:
            yield from self._across(place)
        columns = dict.fromkeys((cell[0], cell[1]) for parts, total in self._across(WHOLE) for cell in (*parts, total))
        for column in columns:
            for way in WAYS:
                yield tuple((*column, way, row) for row in self.rows(way)), (*column, *WHOLE)
        # Only who was referred can be told apart by the kind of service, and reasons are told of the whole alone.
        yield tuple(("referrals", reason, *WHOLE) for reason in REASONS), ("referrals", "ended", *WHOLE)
        referred = (*COLUMNS["referrals"], "made")
        for name in referred:
            yield tuple(("referrals", name, "service", kind) for kind in KINDS), ("referrals", name, *WHOLE)
        for kind in KINDS:
            parts = tuple(("referrals", name, "service", kind) for name in COLUMNS["referrals"])
            yield parts, ("referrals", "made", "service", kind)

    def _across(self, place: tuple[str, str]) -> Iterator[tuple[tuple[Key, ...], Key]]:
        def cells(indicator: str, *names: str) -> tuple[Key, ...]:
            return tuple((indicator, name, *place) for name in names)

        everybody, new = (*PEOPLE, *place), (*NEW, *place)
        yield cells("people", *COLUMNS["people"]), everybody
        for indicator in ("engagement", "sessions"):
            yield cells(indicator, *COLUMNS[indicator]), everybody
        yield cells("waiting", *COLUMNS["waiting"]), ("waiting", "begun", *place)
        yield cells("waiting", "begun", "none_yet"), new
        yield cells("referrals", *COLUMNS["referrals"]), ("referrals", "made", *place)
        yield cells("referrals", "made", "none"), everybody
        for indicator, columns in self.partial:
            if columns:
                yield cells(indicator, *columns), (indicator, "all", *place)
            yield cells(indicator, "all", "rest"), everybody


@dataclass(frozen=True)
class Counted:
    """What was counted: persons in every cell, and from which partners they come."""

    layout: Layout
    counts: Mapping[Key, int]
    partners: Mapping[Key, Mapping[str, int]]

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """Everything that adds up."""
        return tuple(self.layout.sums())

    def small(self, threshold: int) -> frozenset[Key]:
        """The cells to hide whatever else is shown.

        That is a count under the threshold, a zero among them: none here is structural. Where partners are added up, it
        is also a cell from which one of them can subtract its own: with fewer than three partners in it, each one's
        remainder must reach the threshold.
        """
        return frozenset(
            cell
            for cell, count in self.counts.items()
            if count < threshold or (cell[2] != "partner" and not _stands_subtraction(count, self._of(cell), threshold))
        )

    def _of(self, cell: Key) -> list[int]:
        return [self.partners.get(cell, {}).get(partner, 0) for partner in self.layout.partners]

    def told_by_partners(self, hidden: Collection[Key], threshold: int) -> Iterator[Key]:
        """Cells to hide as well, where a partner that knows its own hidden count could tell another's."""
        for parts, total in self.sums:
            if parts[0][2] != "partner" or total[2] == "partner" or total in hidden:
                continue
            own = [self.counts[part] for part in parts if part in hidden]
            if own and not _stands_subtraction(sum(own), own, threshold):
                shown = [part for part in parts if part not in hidden] or [total]
                yield min(shown, key=lambda cell: (self.counts[cell], cell))


def _stands_subtraction(count: int, own: Sequence[int], threshold: int) -> bool:
    return sum(each > 0 for each in own) >= _LEAST_PARTNERS or all(count - each >= threshold for each in own)


def partial_of(people: Sequence[Person], threshold: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Satisfaction and the measures, if they have a table: of fewer than `threshold` people all would be hidden."""
    counted = Counter(indicator for person in people for indicator, column in person.columns() if column == "all")
    known = {SATISFACTION: tuple(Helped)} | {
        f"outcome:{key}": CHANGES if measure.reliable_change is not None else ()
        for key, measure in instruments.instruments().items()
    }
    return tuple((indicator, columns) for indicator, columns in known.items() if counted[indicator] >= threshold)


def count(people: Sequence[Person], layout: Layout) -> Counted:
    """Count the people in every cell of the layout."""
    found, partners = tally(people)
    counts = {cell: found[cell] for parts, total in layout.sums() for cell in (*parts, total)}
    for cell in counts:
        if cell[1] == "rest":
            everybody, measured = (*PEOPLE, *cell[2:]), (cell[0], "all", *cell[2:])
            counts[cell] = found[everybody] - found[measured]
            partners[cell] = Counter(partners.get(everybody, {}))
            partners[cell].subtract(partners.get(measured, {}))
    return Counted(layout, counts, partners)


def tally(people: Sequence[Person]) -> tuple[Counter[Key], dict[Key, Counter[str]]]:
    """How many people are in each cell, and how many of each partner."""
    counts: Counter[Key] = Counter()
    partners: dict[Key, Counter[str]] = {}
    for person in people:
        for column in person.columns():
            places = [*person.rows, WHOLE]
            if column[0] == "referrals" and person.referral is not None:
                places.append(("service", person.referral[2]))
            for place in places:
                counts[*column, *place] += 1
                partners.setdefault((*column, *place), Counter())[person.partner] += 1
    return counts, partners
