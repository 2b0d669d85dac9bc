"""One person, one number, however it is written; and a withdrawal that nobody's later word hides."""

import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import delete

from consent.deciding.registration import Fault
from consent.ledger import answers
from consent.people import subjects
from consent.rules import Outcome
from consent.saying import interview_import, interview_register, withdrawal
from consent.saying.withdrawal import Channel, Statement
from portal import upgrades
from tests.consortium import Consortium, codes
from vault import clock

LONG = ("interview_reference", "scope", "answer", "effective_at")
ALIKE = (
    ("Z-100", "z-100"),
    ("Z-100", "Z‑100"),
    ("Z-100", "Ｚ－100"),
    ("Z-100", " z–100 "),
    ("Ў-І’1", "Ў-І'1"),
    ("Ў-І’1", "ў-іʼ1"),
    ("A B", "a\u00a0b"),
)
DIFFERENT = (("Z-100", "Z100"), ("451", "0451"), ("V-1", "V-10"), ("Ў1", "У1"))


def import_rows(consortium: Consortium, path: Path, *rows: Sequence[str]) -> interview_register.Register:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([LONG, *rows])
    return import_file(consortium, path)


def import_file(consortium: Consortium, path: Path) -> interview_register.Register:
    with consortium.database.reading() as session:
        checked = interview_register.check(session, path, "alder")
    interview_import.bring_in(consortium.database, checked, "alder")
    return checked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.csv"


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_numbers_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert subjects.compared(one) == subjects.compared(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_dashes_and_zeros_are_never_dropped(one: str, other: str) -> None:
    assert subjects.compared(one) != subjects.compared(other)


@given(st.text())
def test_what_a_number_is_compared_by_is_compared_by_itself(reference: str) -> None:
    assert subjects.compared(subjects.compared(reference)) == subjects.compared(reference)


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_withdrawal_under_another_spelling_stops_the_person(
    consortium: Consortium, file: Path, in_one_file: bool
) -> None:
    yes = [(f"{place} {one}", "share.icc", "granted", "2024-05-14") for place, (one, _) in enumerate(ALIKE)]
    no = [(f"{place} {other}", "share.icc", "withdrawn", "2024-06-01") for place, (_, other) in enumerate(ALIKE)]
    for rows in [yes + no] if in_one_file else [yes, no]:
        assert import_rows(consortium, file, *rows).rejected == []
    for place, (one, other) in enumerate(ALIKE):
        consortium.register({"item": f"F-{place}", "subjects": [f"{place} {other}"]})
        assert codes(consortium.decide(f"F-{place}")) == ["withdrawn"], (one, other)


def test_a_number_is_as_its_sheet_shows_it(consortium: Consortium, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(LONG)
    sheet.append(["449", "share.icc", "withdrawn", "2024-06-01"])
    sheet.cell(2, 1).number_format = "0000"  # a text is shown as it is
    consortium.answer(consortium.enrol("449"), "granted", "share.icc")
    shapes = {"0000": "0451", '"V-"0000': "V-0452", "General": "453", "\\K000": "K454", "0.00": "455"}
    for place, number_format in enumerate(shapes):
        sheet.append([451 + place, "share.icc", "withdrawn", "2024-06-01"])
        sheet.cell(place + 3, 1).number_format = number_format
        consortium.answer(consortium.enrol(shapes[number_format]), "granted", "share.icc")
    book.save(tmp_path / "register.xlsx")
    with consortium.database.reading() as session:
        checked = interview_register.check(session, tmp_path / "register.xlsx", "alder")
    assert list(checked.written.values()) == ["449", *shapes.values()]
    assert checked.rejected == []


@pytest.mark.parametrize("more", [(), (("N-1", "share.un", "refused", "2024-06-01"),)])
def test_a_withdrawal_enrols_nobody(consortium: Consortium, file: Path, more: Sequence[Sequence[str]]) -> None:
    rows = (("N-1", "share.icc", "withdrawn", "2024-06-01"), *more, ("N-2", "share.icc", "refused", "2024-06-01"))
    checked = import_rows(consortium, file, *rows)
    assert {row.number for row, _ in checked.rejected} == set(range(2, 3 + len(more)))
    assert all("nobody has this number" in reason for _, reason in checked.rejected)
    with consortium.database.reading() as session:
        assert subjects.by_reference(session, "alder", ["N-1"]) == {}
        assert list(subjects.by_reference(session, "alder", ["N-2"])) == ["N-2"]


def test_somebody_new_who_comes_with_a_withdrawal_beside_a_yes_is_told_of(consortium: Consortium, file: Path) -> None:
    rows = (("N-1", "share.icc", "withdrawn", "2024-06-01"), ("N-1", "share.un", "granted", "2024-06-01"))
    assert import_rows(consortium, file, *rows).warnings == ["N-1: is new here, and comes with a withdrawal"]
    assert import_rows(consortium, file, *rows).warnings == []


def test_numbers_that_are_alike_and_several_peoples_are_told_and_never_joined(
    consortium: Consortium, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(subjects, "compared", lambda reference: reference)
        people = [consortium.enrol("Z-1"), consortium.enrol("z-1")]
    with consortium.database.writing() as session:
        for row in session.query(subjects.InterviewReference):
            row.compared_index = subjects._index(session, "Z-1")
    (rejected,) = import_rows(consortium, file, ("Z-1", "share.icc", "withdrawn", "2024-06-01")).rejected
    assert "several people" in rejected[1]
    assert consortium.register({"item": "F", "subjects": ["z-1"]}).faults == {0: Fault.AMBIGUOUS_SUBJECT}
    with consortium.database.writing() as session:
        assert {each.subject_id for each in subjects.search(session, "alder", "Z‑1")} == set(people)
        with pytest.raises(subjects.ReferenceTaken):
            subjects.enrol(session, "alder", ["Z-1"])


def test_a_person_is_enrolled_once_however_their_number_is_typed(consortium: Consortium) -> None:
    anna = consortium.enrol("Z-1")
    with pytest.raises(subjects.ReferenceTaken):
        consortium.enrol("z‑1")
    with pytest.raises(subjects.ReferenceTaken):
        consortium.enrol("Y-1", "y-1")
    assert consortium.enrol("z-1", organisation="birch") != anna


DAY = clock.start_of(clock.now().date()) - timedelta(days=10)


@pytest.mark.parametrize("denial", ["withdrawn", "refused"])
@pytest.mark.parametrize("denied_first", [True, False])
def test_a_denial_known_by_its_day_beats_every_yes_of_that_day(
    consortium: Consortium, file: Path, denial: str, denied_first: bool
) -> None:
    day, at = DAY.date().isoformat(), clock.rfc3339(DAY + timedelta(hours=15))
    rows = [("V-1", "share.icc", "granted", at), ("V-1", "share.icc", denial, day)]
    consortium.enrol("V-1")
    for row in rows[::-1] if denied_first else rows:
        import_rows(consortium, file, row)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert codes(consortium.decide("F-1")) == [denial]
    assert consortium.faults() == []


def test_a_phone_call_known_by_its_day_stops_a_yes_of_that_day_and_a_yes_after_its_recording_stands(
    consortium: Consortium,
) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    day = DAY + timedelta(days=20)
    morning = day + timedelta(hours=9)
    with clock.moved_to(morning):
        consortium.answer(anna, "granted", "share.icc")
    with clock.moved_to(morning + timedelta(hours=3)):
        statement = Statement(Channel.PHONE, "test", said_at=day)
        with consortium.database.writing() as session:
            assert withdrawal.withdraw(session, anna, ["share.icc"], statement=statement).scopes == ("share.icc",)
    with clock.moved_to(morning + timedelta(hours=4)):
        assert codes(consortium.decide("F-1")) == ["withdrawn"]
    with clock.moved_to(morning + timedelta(hours=5)):
        consortium.answer(anna, "granted", "share.icc")
        assert consortium.decide("F-1").outcome is Outcome.PERMIT
        # What was said at an hour before it stays an earlier word.
        consortium.answer(anna, "granted", "share.icc", at=day + timedelta(hours=1))
        assert consortium.decide("F-1").outcome is Outcome.PERMIT
    assert consortium.faults() == []


def test_an_installation_of_the_earlier_rule_is_brought_to_this_one(
    consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    with monkeypatch.context() as earlier:
        earlier.setattr(answers, "denial_counts_until", lambda effective_at, _ends, _recorded_at: effective_at)
        consortium.answer(anna, "granted", "share.icc", at=DAY - timedelta(days=1))
        consortium.withdraw(anna, "share.icc", said_at=DAY)
        consortium.answer(anna, "granted", "share.icc", at=DAY + timedelta(hours=9))
        assert consortium.decide("F-1").outcome is Outcome.PERMIT
    with consortium.database.writing() as session:
        session.execute(delete(upgrades.UpgradeStep))
    upgrades.finish(consortium.database)
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    assert consortium.faults() == []
    with consortium.database.writing() as session:
        assert withdrawal.restate(session) == 0
