"""Statistical disclosure control: which cells of tables are hidden so that none of them can be recomputed."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from mhpss.figures import intervals
from mhpss.figures.intervals import Sum
from vault.refusals import Refused

Cell = tuple[int, int]


class MarginsDisagree(ValueError):
    """The totals of a table are not the sums of its cells; the message says which."""


class Exposed(Refused):
    """A cell can be recomputed from what is out already, whatever is hidden now."""


@dataclass(frozen=True)
class Linked:
    """Tables that share cells or sums, protected as one: a cell that two of them have is one cell here.

    `small` are the cells to hide in any case. `rank` says which cell is given up first: of the lowest rank, then the
    smallest. `out` has been read by others and cannot be hidden any more, `unseen` is never shown; of the unseen cells
    those in `watched` must not be recomputable either.

    Raises:
        MarginsDisagree: a sum does not hold.
    """

    counts: Mapping[Any, int]
    sums: Sequence[Sum]
    small: Collection[Hashable]
    rank: Mapping[Any, int] = field(default_factory=dict)
    out: Collection[Hashable] = ()
    unseen: Collection[Hashable] = ()
    watched: Collection[Hashable] = ()

    def __post_init__(self) -> None:
        for parts, total in self.sums:
            if sum(self.counts[part] for part in parts) != self.counts[total]:
                raise MarginsDisagree(f"{total} is not the sum of its cells")

    @cached_property
    def beside(self) -> Mapping[Hashable, frozenset[Hashable]]:
        """For each cell those that stand in a sum with it, itself among them."""
        found: dict[Hashable, set[Hashable]] = {}
        for parts, total in self.sums:
            line = {*parts, total}
            for cell in line:
                found.setdefault(cell, set()).update(line)
        return {cell: frozenset(cells) for cell, cells in found.items()}


@dataclass(frozen=True)
class Table:
    """Counts of persons, the last row and the last column being the totals.

    Raises:
        MarginsDisagree: a total is not the sum of its cells.
        ValueError: no table, ragged, or a negative count.
    """

    counts: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.counts) < 2 or len({len(row) for row in self.counts}) != 1 or len(self.counts[0]) < 2:
            raise ValueError("a table has at least one row and one column beside the totals, and no gaps")
        if any(count < 0 for row in self.counts for count in row):
            raise ValueError("a count of persons is not negative")
        for number, row in enumerate(self.counts, start=1):
            if sum(row[:-1]) != row[-1]:
                raise MarginsDisagree(f"row {number}: its cells add up to {sum(row[:-1])} and not to {row[-1]}")
        for number, column in enumerate(zip(*self.counts, strict=True), start=1):
            if sum(column[:-1]) != column[-1]:
                raise MarginsDisagree(
                    f"column {number}: its cells add up to {sum(column[:-1])} and not to {column[-1]}"
                )

    @property
    def cells(self) -> list[Cell]:
        """Every cell, totals included."""
        return [(row, column) for row in range(len(self.counts)) for column in range(len(self.counts[0]))]

    def count(self, cell: Cell) -> int:
        """The count in a cell."""
        return self.counts[cell[0]][cell[1]]

    def is_total(self, cell: Cell) -> bool:
        """Whether a cell is in the last row or column."""
        return cell[0] == len(self.counts) - 1 or cell[1] == len(self.counts[0]) - 1

    @cached_property
    def sums(self) -> tuple[tuple[tuple[Cell, ...], Cell], ...]:
        """Every equation that a reader knows: some cells, and the total that they add up to."""
        rows, columns = len(self.counts), len(self.counts[0])
        along = [(tuple((row, column) for column in range(columns - 1)), (row, columns - 1)) for row in range(rows)]
        down = [(tuple((row, column) for row in range(rows - 1)), (rows - 1, column)) for column in range(columns)]
        return (*along, *down)


def hidden_cells(table: Table, threshold: int, *, structural_zeros: bool = False) -> frozenset[Cell]:
    """The cells of one table to hide; see `hidden_among`.

    A zero is hidden like any small count, unless zeros are structural: then it is shown, and protects nothing.
    """
    counts = {cell: table.count(cell) for cell in table.cells}
    zeros = {cell for cell in counts if structural_zeros and not counts[cell]}
    linked = Linked(
        counts,
        table.sums,
        small=[cell for cell, count in counts.items() if count < threshold and cell not in zeros],
        rank={cell: 2 if cell in zeros else int(table.is_total(cell)) for cell in counts},
    )
    hidden = hidden_among(linked, threshold)
    return frozenset(cell for cell in counts if cell in hidden)


def hidden_among(linked: Linked, threshold: int) -> frozenset[Any]:
    """The cells to hide: each that is small, and so many more that none can be told from the rest.

    Of every hidden cell the reader can say no more than an interval at least `threshold` wide that reaches `threshold`.

    Raises:
        Exposed: one can be told from what is out already, whatever is hidden now.
    """
    unseen, out = set(linked.unseen), set(linked.out)
    hidden = set(linked.small) - out | unseen
    while more := _short_sums(linked, hidden, threshold) - out:
        hidden |= more
    pending = hidden - unseen | set(linked.watched)
    turn = set(pending)
    while turn:
        open_cells = intervals.exposed(linked.counts, linked.sums, hidden, turn, threshold)
        pending = pending - turn | set(open_cells)
        if open_cells:
            new = _companions(linked, open_cells, hidden | out)
            hidden |= new
            pending |= new
        turn = _next(linked, pending, hidden | out)
    return frozenset(hidden - unseen)


def _next(linked: Linked, pending: Collection[Any], taken: Collection[Any]) -> set[Any]:
    """Which pending cells to look at: those that the cheapest companions are beside, as these may do for the rest."""
    ranks = {cell: _rank_beside(linked, cell, taken) for cell in pending}
    lowest = min(ranks.values(), default=0)
    return {cell for cell, rank in ranks.items() if rank == lowest}


def _rank_beside(linked: Linked, cell: Any, taken: Collection[Any]) -> float:
    near = linked.beside.get(cell, frozenset()).difference(taken)
    return min((linked.rank.get(each, 0) for each in near), default=float("inf"))


def _short_sums(linked: Linked, hidden: Collection[Any], threshold: int) -> set[Any]:
    """What to hide beside the cells of each sum that hides less than `threshold`, so that each of them is less too."""
    new: set[Any] = set()
    for parts, total in linked.sums:
        covered = [part for part in parts if part in hidden]
        if total in hidden or not covered or not new.isdisjoint((*parts, total)):
            continue
        if sum(linked.counts[part] for part in covered) < threshold:
            new.add(_cheapest(linked, {*parts, total}.difference(hidden)))
    return new


def hiding(linked: Linked, cells: Collection[Any]) -> Linked:
    """The same tables, with more cells to hide in any case."""
    return replace(linked, small={*linked.small, *cells})


def _companions(linked: Linked, open_cells: Sequence[Any], taken: Collection[Any]) -> set[Any]:
    """What to hide next: the cheapest beside each open cell, but only of the lowest rank: it may do for the others.

    Where nothing beside any of them is left, it is the nearest to the first.
    """
    turn = _next(linked, open_cells, taken)
    new: set[Any] = set()
    for cell in (each for each in open_cells if each in turn):
        near = linked.beside[cell].difference(taken)
        if near and new.isdisjoint(linked.beside[cell]):
            new.add(_cheapest(linked, near))
    return new or {_cheapest(linked, _nearest(linked, open_cells[0], taken))}


def _nearest(linked: Linked, cell: Any, taken: Collection[Any]) -> Collection[Any]:
    """The cells that can be hidden fewest sums away from `cell`.

    Raises:
        Exposed: there are none.
    """
    reached: set[Any] = {cell}
    edge: set[Any] = {cell}
    while edge:
        edge = {each for one in edge for each in linked.beside[one]} - reached
        if free := edge - set(taken):
            return free
        reached |= edge
    raise Exposed(str(cell))


def _cheapest(linked: Linked, cells: Collection[Any]) -> Any:
    """Of the lowest rank, and of those the smallest."""
    return min(cells, key=lambda each: (linked.rank.get(each, 0), linked.counts[each], str(each)))
