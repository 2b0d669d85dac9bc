"""What contributors are told is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_path_that_contributors_are_told_is_there() -> None:
    text = (ROOT / "docs" / "contributors.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:consent|mhpss|portal|vault|tests|translations|docs)/[\w./-]*)`", text)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:3] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert sorted(numbers) == [f"{number:03}" for number in range(1, len(numbers) + 1)]
