"""What a reader can say of hidden counts: for each of them the least and the greatest that fits all that is shown."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

# Some cells, and the cell that they add up to.
Sum: TypeAlias = tuple[tuple[Hashable, ...], Hashable]
_TOLERANCE = 1e-6
_FAR_OFF = 100_000.0
# As long as a direction chosen by chance settles so many cells, it is worth two of their own.
_WORTH_IT = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """Hidden cells that hang together by the sums they stand in, and those sums without what is shown."""

    cells: tuple[Hashable, ...]
    sums: csr_array
    totals: np.ndarray[Any, np.dtype[np.float64]]

    def farthest(self, direction: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The counts that fit, farthest in `direction`.

        Raises:
            ValueError: no counts fit, as the shown ones contradict one another.
        """
        # Loading it is an eighth of every start, and few processes ever solve anything.
        from scipy.optimize import linprog

        # Presolving such small systems takes longer than solving them.
        solved = linprog(
            -direction,
            A_eq=self.sums,
            b_eq=self.totals,
            bounds=(0, _FAR_OFF),
            method="highs-ds",
            options={"presolve": False},
        )
        if not solved.success:
            raise ValueError(f"no counts fit what is shown: {solved.message}")
        found: np.ndarray[Any, np.dtype[np.float64]] = solved.x
        return found


def exposed(
    counts: Mapping[Any, int],
    sums: Sequence[Sum],
    hidden: Collection[Hashable],
    watched: Collection[Hashable],
    threshold: int,
) -> list[Hashable]:
    """Which of the `watched` hidden cells a reader can tell too much of, the smallest first.

    That is an interval of whole persons less than `threshold` wide, or one that does not reach `threshold`.
    """
    found: list[Hashable] = []
    for part in _parts(counts, sums, hidden):
        wanted = np.array([cell in watched for cell in part.cells])
        if wanted.any():
            found += _exposed_in(part, counts, wanted, threshold)
    return sorted(found, key=lambda cell: (counts[cell], str(cell)))


def _exposed_in(
    part: _Part, counts: Mapping[Any, int], wanted: np.ndarray[Any, np.dtype[np.bool_]], threshold: int
) -> list[Hashable]:
    low = np.array([counts[cell] for cell in part.cells], dtype=float)
    high = low.copy()

    def look(direction: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        # Every solution says something of every cell, so that few cells need one of their own.
        solution = part.farthest(direction)
        np.minimum(low, solution, out=low)
        np.maximum(high, solution, out=high)

    def is_open(place: int) -> bool:
        least, most = ceil(low[place] - _TOLERANCE), floor(high[place] + _TOLERANCE)
        return bool(wanted[place]) and (most - least < threshold or most < threshold)

    def open_places() -> list[int]:
        return [place for place in range(len(part.cells)) if is_open(place)]

    chance = np.random.default_rng(0)
    left = open_places()
    while left:
        direction = np.zeros(len(part.cells))
        direction[left] = chance.choice((-1.0, 1.0), len(left))
        look(direction)
        look(-direction)
        before, left = len(left), open_places()
        if before - len(left) < _WORTH_IT:
            break
    found: list[Hashable] = []
    for place in left:
        for sign in (1, -1):
            if is_open(place):
                direction = np.zeros(len(part.cells))
                direction[place] = sign
                look(direction)
        if is_open(place):
            found.append(part.cells[place])
    return found


def _parts(counts: Mapping[Any, int], sums: Sequence[Sum], hidden: Collection[Hashable]) -> Iterator[_Part]:
    kept = hidden if isinstance(hidden, set | frozenset) else set(hidden)
    lines = []
    for parts, total in sums:
        signs = {cell: 1.0 for cell in parts if cell in kept}
        known = sum(counts[cell] for cell in parts if cell not in kept)
        if total in kept:
            signs[total] = -1.0
        else:
            known -= counts[total]
        if signs:
            lines.append((signs, -float(known)))
    for group in _connected([tuple(signs) for signs, _known in lines]):
        own = [lines[number] for number in group]
        cells = tuple(dict.fromkeys(cell for signs, _known in own for cell in signs))
        place = {cell: number for number, cell in enumerate(cells)}
        rows = [number for number, (signs, _known) in enumerate(own) for _cell in signs]
        columns = [place[cell] for signs, _known in own for cell in signs]
        values = [sign for signs, _known in own for sign in signs.values()]
        matrix = csr_array((values, (rows, columns)), shape=(len(own), len(cells)))
        yield _Part(cells, matrix, np.array([known for _signs, known in own]))


def _connected(groups: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    """The numbers of the groups that hang together by what they share."""
    root: dict[Hashable, Hashable] = {}

    def find(cell: Hashable) -> Hashable:
        root.setdefault(cell, cell)
        while root[cell] != cell:
            root[cell] = root[root[cell]]
            cell = root[cell]
        return cell

    for group in groups:
        for cell in group[1:]:
            root[find(cell)] = find(group[0])
    found: dict[Hashable, list[int]] = {}
    for number, group in enumerate(groups):
        found.setdefault(find(group[0]), []).append(number)
    return list(found.values())
