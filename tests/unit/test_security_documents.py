"""What the security documents say is there: every requirement, every test, every file."""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "docs" / "security"
SOURCE = ROOT.parent / "shared" / "reference" / "asvs" / "asvs-5.0.0.csv"
IN_FULL = {"V6", "V7", "V8", "V11", "V14", "V16"}
STATES = {"met", "partly", "not met", "operator", "n/a"}


def listed() -> dict[str, tuple[str, str, str, str]]:
    found = {}
    for line in (DOCUMENTS / "asvs.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"V\d+\.\d+\.\d+", cells[0]):
            level, state, where, test = cells[1:]
            found[cells[0]] = (level, state, where, test)
    return found


def test_each_requirement_has_a_state_and_a_reason() -> None:
    for requirement, (level, state, where, _) in listed().items():
        assert level in {"1", "2", "3"}, requirement
        assert state in STATES, requirement
        assert where, requirement


def test_the_levels_promised_are_listed_whole() -> None:
    if not SOURCE.exists():
        pytest.skip("OWASP's list is not on this machine")
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        wanted = {
            row["req_id"]: row["L"]
            for row in csv.DictReader(file)
            if row["L"] in {"1", "2"} or row["chapter_id"] in IN_FULL
        }
    assert sum(level != "3" for level in wanted.values()) == 253
    assert {requirement: level for requirement, (level, *_) in listed().items()} == wanted


def test_the_summary_counts_what_is_listed() -> None:
    text = (DOCUMENTS / "asvs.md").read_text(encoding="utf-8")
    entries = listed()
    said = re.search(r"^Of (\d+): (.+)\.$", text, re.MULTILINE)
    assert said
    assert int(said[1]) == len(entries)
    states = [state for _, state, _, _ in entries.values()]
    assert said[2] == ", ".join(
        f"{states.count(state)} {state}" for state in ("met", "partly", "not met", "operator", "n/a")
    )


@pytest.mark.parametrize("document", sorted(path.name for path in DOCUMENTS.glob("*.md")))
def test_every_test_and_file_that_is_named_is_there(document: str) -> None:
    text = (DOCUMENTS / document).read_text(encoding="utf-8")
    for named in re.findall(r"`((?:tests|portal|consent|vault|docs|requirements)/[\w/.*-]+?(?:::\w+)?)`", text):
        path, _, test = named.partition("::")
        assert "*" in path or (ROOT / path).exists(), named
        if test:
            assert re.search(rf"^def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), named
