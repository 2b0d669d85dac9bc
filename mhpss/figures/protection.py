"""Statistical disclosure control: which cells of a table are hidden so that none of them can be recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

THRESHOLD = 10
INSIDE_PARTNERS = 5
_TOLERANCE = 1e-6

Cell = tuple[int, int]


class MarginsDisagree(ValueError):
    """The totals of a table are not the sums of its cells; the message says which."""


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


def hidden_cells(table: Table, threshold: int = THRESHOLD, *, structural_zeros: bool = False) -> frozenset[Cell]:
    """The cells to hide: each under `threshold`, and so many more that none can be told from the rest.

    Of every hidden cell the reader can say no more than an interval at least `threshold` wide that reaches `threshold`.
    A zero is hidden like any small count, unless zeros are structural: then it is shown, and protects nothing.
    """
    hidden = {cell for cell in table.cells if _is_small(table.count(cell), threshold, structural_zeros)}
    while (open_cell := _recomputable(table, hidden, threshold)) is not None:
        hidden.add(_companion(table, hidden, open_cell, structural_zeros))
    return frozenset(hidden)


def _is_small(count: int, threshold: int, structural_zeros: bool) -> bool:
    return count < threshold and not (structural_zeros and count == 0)


def feasible(table: Table, hidden: Sequence[Cell] | frozenset[Cell] | set[Cell], cell: Cell) -> tuple[float, float]:
    """The least and the greatest count that a hidden cell can have for a reader of everything else."""
    unknown = sorted(hidden)
    place = {each: number for number, each in enumerate(unknown)}
    lines, totals = [], []
    for parts, total in table.sums:
        line = np.zeros(len(unknown))
        known = 0
        for part in parts:
            if part in place:
                line[place[part]] += 1
            else:
                known += table.count(part)
        if total in place:
            line[place[total]] -= 1
        else:
            known -= table.count(total)
        if line.any():
            lines.append(line)
            totals.append(-known)
    goal = np.zeros(len(unknown))
    goal[place[cell]] = 1
    equations = {"A_eq": np.array(lines), "b_eq": np.array(totals, dtype=float)} if lines else {}
    least = linprog(goal, bounds=(0, None), method="highs", **equations)
    most = linprog(-goal, bounds=(0, None), method="highs", **equations)
    return (float(least.fun) if least.success else 0.0, -float(most.fun) if most.success else float("inf"))


def _recomputable(table: Table, hidden: set[Cell], threshold: int) -> Cell | None:
    for cell in sorted(hidden, key=lambda each: (table.count(each), each)):
        least, most = feasible(table, hidden, cell)
        if most - least < threshold - _TOLERANCE or most < threshold - _TOLERANCE:
            return cell
    return None


def _companion(table: Table, hidden: set[Cell], cell: Cell, structural_zeros: bool) -> Cell:
    """The next cell to hide: the smallest that shares a sum with `cell`, its totals last."""
    beside = {each for parts, total in table.sums if cell in (*parts, total) for each in (*parts, total)}
    shown = [each for each in table.cells if each not in hidden]
    useful = [each for each in shown if table.count(each) or not structural_zeros]
    near = [each for each in useful if each in beside]
    return min(near or useful or shown, key=lambda each: (table.is_total(each), table.count(each), each))
