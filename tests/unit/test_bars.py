"""What is asked of the figures of `make bench`."""

import json
import re
from pathlib import Path

import pytest

from bench import measuring
from bench.bars import BARS, WITHOUT_BAR, Bar, Figure
from bench.measuring import Row

ROOT = Path(__file__).parents[2]


def test_every_figure_has_a_bar_or_says_why_not() -> None:
    assert not BARS.keys() & WITHOUT_BAR.keys()
    assert BARS.keys() | WITHOUT_BAR.keys() == set(Figure)
    assert all(WITHOUT_BAR.values())
    assert all(BARS.values())


def test_every_bar_has_its_figure_and_every_figure_is_measured() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bench").glob("*.py") if path.name != "bars.py")
    assert set(re.findall(r"\bFigure\.([A-Z_]+)", code)) == {figure.name for figure in Figure}
    for measured in json.loads(measuring.RESULTS.read_text("utf-8")).values():
        for row in measured["rows"]:
            asked = [(bar.asked, bar.source, bar.given_up) for bar in BARS.get(Figure(row["of"]), ())]
            assert [(bar["asked"], bar["source"], bar["given_up"]) for bar in row["bars"]] == asked


@pytest.mark.parametrize("bar", [bar for bars in BARS.values() for bar in bars], ids=lambda bar: bar.asked)
def test_a_bar_has_one_side_a_source_and_a_record_where_it_is_given_up(bar: Bar) -> None:
    assert (bar.below is None) != (bar.at_least is None)
    assert bar.source
    if bar.given_up:
        assert len(list((ROOT / "docs" / "decisions").glob(f"{bar.given_up}-*.md"))) == 1


def test_what_is_missed_is_told_and_what_is_given_up_is_not() -> None:
    slow = Row(Figure.WITHDRAWAL, 0.001, "a withdrawal", "1.0 ms", "", 9.0)
    told = [(bar["asked"], bar["met"]) for bar in slow.bars()]
    assert told == [("under 3 inserts", False), ("under 8 inserts", False), ("under 2 ms", True)]
    assert measuring.misses([slow]) == ["missed: a withdrawal: 1.0 ms, asked under 8 inserts (70-operation.md, Speed)"]
    fast = Row(Figure.MAY, 150_000, "may", "150,000/s", "")
    assert measuring.misses([fast]) == []
