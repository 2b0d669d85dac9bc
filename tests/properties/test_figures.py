"""No cell under the threshold can be recomputed from a table that leaves the house."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from mhpss.figures.protection import MarginsDisagree, Table, hidden_cells
from portal.cli import main

CELLS = st.one_of(st.integers(0, 12), st.integers(0, 80))
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))


def with_totals(rows: list[list[int]]) -> Table:
    wide = [[*row, sum(row)] for row in rows]
    return Table(tuple(tuple(row) for row in [*wide, [sum(column) for column in zip(*wide, strict=True)]]))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows, columns = draw(SHAPES)
    return with_totals([[draw(CELLS) for _ in range(columns)] for _ in range(rows)])


def bounds(table: Table, hidden: frozenset[tuple[int, int]], cell: tuple[int, int]) -> tuple[float, float]:
    """What a reader who counts in whole persons can say of a hidden cell; the shown ones are fixed."""
    cells = table.cells
    place = {each: number for number, each in enumerate(cells)}
    sums = np.zeros((len(table.sums), len(cells)))
    for number, (parts, total) in enumerate(table.sums):
        for part in parts:
            sums[number, place[part]] += 1
        sums[number, place[total]] -= 1
    # A bound far off stands for none.
    low = [0 if each in hidden else table.count(each) for each in cells]
    high = [10_000 if each in hidden else table.count(each) for each in cells]
    found = []
    for sign in (1, -1):
        goal = np.zeros(len(cells))
        goal[place[cell]] = sign
        solved = milp(goal, constraints=LinearConstraint(sums, 0, 0), bounds=Bounds(low, high), integrality=1)
        found.append(sign * solved.fun)
    return found[0], found[1]


@given(tables(), st.sampled_from((5, 10)), st.booleans())
@settings(max_examples=40)
def test_nothing_small_can_be_told_from_what_is_shown(table: Table, threshold: int, structural: bool) -> None:
    hidden = hidden_cells(table, threshold, structural_zeros=structural)
    for cell in table.cells:
        count = table.count(cell)
        if count < threshold and not (structural and count == 0):
            assert cell in hidden
    for cell in hidden:
        least, most = bounds(table, hidden, cell)
        assert most - least >= threshold - 1e-4
        assert most >= threshold - 1e-4


def test_a_table_without_small_cells_is_shown_whole() -> None:
    assert hidden_cells(with_totals([[20, 30], [40, 50]]), 10) == frozenset()


def test_one_small_cell_never_stays_alone_in_its_row_or_column() -> None:
    hidden = hidden_cells(with_totals([[3, 30, 40], [20, 50, 60], [25, 70, 80]]), 10)
    assert (0, 0) in hidden
    assert sum(cell[0] == 0 for cell in hidden) >= 2
    assert sum(cell[1] == 0 for cell in hidden) >= 2


def test_margins_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(MarginsDisagree, match="row 1"):
        Table(((1, 2, 4), (1, 2, 3)))
    with pytest.raises(MarginsDisagree, match="column 2"):
        Table(((1, 2, 3), (1, 3, 4)))


def test_the_command_prints_the_table_with_stars_and_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("partner,women,men,total\nalder,3,30,33\nbirch,40,50,90\ntotal,43,80,123\n")
    run = CliRunner().invoke(main, ["figures", "protect", str(file), "--threshold", "10"])
    assert run.exit_code == 0
    lines = run.output.splitlines()
    assert lines[0] == "partner,women,men,total"
    assert lines[1].startswith("alder,*,")
    file.write_text("partner,women,men,total\nalder,3,30,34\ntotal,3,30,34\n")
    bad = CliRunner().invoke(main, ["figures", "protect", str(file)])
    assert (bad.exit_code, "do not add up" in bad.output) == (2, True)
