"""Measures in a case: kept sealed, scored by their rules, and never an alert that nobody catches."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from mhpss import cases, measuring, protocols, risk
from mhpss.measures import packs, scoring
from mhpss.measures.instruments import instrument
from tests.consortium import Consortium
from tests.support import case_of, get, person_with_consent, put_on_call, rows_of
from vault import clock
from vault.database import Database

ANNA, BELA = "a" * 32, "b" * 32
# Who can act: both, and whoever is on call.
ABLE = frozenset({ANNA, BELA, "d" * 32})
PHQ9 = instrument("phq-9")


@pytest.fixture
def number(consortium: Consortium) -> str:
    return case_of(consortium, person_with_consent(consortium), ANNA, BELA, state="active")


def record(database: Database, number: str, key: str, answers: list[int | None]) -> scoring.Score:
    with database.writing() as session:
        case = get(session, number)
        return measuring.record(
            session, case, instrument(key), answers, language="en", filled_by="clinician", author=ANNA
        )


@pytest.mark.parametrize(("ninth", "cause"), [(1, "item_9"), (3, "item_9"), (None, "item_9_unanswered")])
def test_item_9_answered_or_blank_opens_a_risk_review_whatever_the_total(
    consortium: Consortium, database: Database, number: str, ninth: int | None, cause: str
) -> None:
    record(database, number, "phq-9", [0] * 8 + [ninth])
    with database.reading() as session:
        (review,) = risk.open_reviews(session, [get(session, number).id])
        assert (review.cause, review.seen_at) == (cause, None)


def test_item_9_at_zero_opens_none_even_under_the_highest_total(
    consortium: Consortium, database: Database, number: str
) -> None:
    assert record(database, number, "phq-9", [3] * 8 + [0]).total == 24
    with database.reading() as session:
        assert risk.open_reviews(session, [get(session, number).id]) == []


def test_the_curve_says_reliably_better_from_six_points_on(
    consortium: Consortium, database: Database, number: str
) -> None:
    record(database, number, "phq-9", [2] * 8 + [0])
    record(database, number, "phq-9", [2] * 5 + [1, 0, 0, 0])
    record(database, number, "phq-9", [2] * 5 + [0, 0, 0, 0])
    record(database, number, "phq-9", [2, 2, 2, 2, 1, 0, 0, 0, 0])
    with database.reading() as session:
        points = measuring.curves(session, get(session, number).id)["phq-9"]
        assert [point.total for point in points] == [16, 11, 10, 9]
        verdicts = [point.change and (point.change.verdict, point.change.recovered) for point in points]
        better = "reliably_better"
        assert verdicts == [None, ("no_reliable_change", False), (better, False), (better, True)]


def test_answers_lie_sealed_and_a_withdrawn_consent_takes_no_more(
    consortium: Consortium, database: Database, number: str
) -> None:
    record(database, number, "phq-9", [3] * 8 + [0])
    assert "answers" not in rows_of(database, "case_measures")
    with database.reading() as session:
        subject_id = get(session, number).subject_id
    consortium.withdraw(subject_id, "mhpss.case")
    with pytest.raises(cases.NoConsent):
        record(database, number, "phq-9", [0] * 9)


def test_a_measure_is_offered_only_with_wording_in_the_language_and_somebody_to_catch_its_alert(
    consortium: Consortium, database: Database, number: str, tmp_path: Path
) -> None:
    alone = case_of(consortium, person_with_consent(consortium, "V-2"), ANNA, state="active")
    with database.writing() as session:
        with pytest.raises(measuring.NotOffered):
            measuring.offer(session, get(session, number), PHQ9, ANNA, able=ABLE)
        measuring.offer(session, get(session, alone), instrument("goals"), ANNA, able=ABLE)
        packs.load(session, pack(tmp_path))
        with pytest.raises(measuring.NotOffered):
            measuring.offer(session, get(session, number), PHQ9, ANNA, able=ABLE)
        put_on_call(session)
        waiting = measuring.offer(session, get(session, number), PHQ9, ANNA, able=ABLE)
        assert measuring.offer(session, get(session, number), PHQ9, ANNA, able=ABLE).id == waiting.id
        with pytest.raises(measuring.NotOffered):
            measuring.offer(session, get(session, alone), PHQ9, ANNA, able=ABLE)
        assert measuring.offered(session, get(session, number), ABLE) == [waiting]
    with clock.moved_to(clock.now() + timedelta(days=2)), database.reading() as session:
        assert measuring.offered(session, get(session, number), ABLE) == []


@pytest.mark.parametrize("gone", [BELA, "d" * 32], ids=["the supervisor", "the one on call"])
def test_a_measure_that_can_raise_an_alert_is_neither_shown_nor_taken_while_one_of_its_cover_cannot_act(
    consortium: Consortium, database: Database, number: str, tmp_path: Path, gone: str
) -> None:
    with database.writing() as session:
        packs.load(session, pack(tmp_path))
        put_on_call(session)
        case = get(session, number)
        waiting = measuring.offer(session, case, PHQ9, ANNA, able=ABLE)
        able = ABLE - {gone}
        assert measuring.offered(session, case, able) == []
        with pytest.raises(measuring.NotOffered):
            measuring.offer(session, case, PHQ9, ANNA, able=able)
        with pytest.raises(measuring.NotOffered):
            measuring.fill_in(session, case, waiting, [0] * 9, {}, "en", "x", able=able)
        assert measuring.curves(session, case.id) == {}


def test_the_goals_have_our_own_wording_in_three_languages(consortium: Consortium, database: Database) -> None:
    with database.reading() as session:
        for language in ("be", "ru", "en"):
            found = packs.wording(session, instrument("goals"), language)
            assert found is not None
            assert len(found.items) == 4
            assert [len(each) for each in found.answers] == [6] * 4


def pack(folder: Path, leave_out: str = "", **changed: str) -> Path:
    parts = ["introduction", *map(str, range(1, 10)), *(f"answer {value}" for value in range(4))]
    line = {"measure": "phq-9", "language": "en", "licence": "invented for this test", "validation": "none", **changed}
    file = folder / "pack.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(packs.COLUMNS)
        rows.writerows([*line.values(), part, f"text of {part}"] for part in parts if part != leave_out)
    return file


@pytest.mark.parametrize(
    ("leave_out", "changed"),
    [("9", {}), ("answer 3", {}), ("introduction", {}), ("", {"language": "de"}), ("", {"licence": " "})],
)
def test_an_incomplete_pack_changes_nothing(
    consortium: Consortium, database: Database, tmp_path: Path, leave_out: str, changed: dict[str, str]
) -> None:
    with database.writing() as session, pytest.raises(packs.BadPack):
        packs.load(session, pack(tmp_path, leave_out, **changed))
    assert rows_of(database, "measure_wordings") == "[]"


def test_the_protocol_for_belarus_sends_nobody_to_the_state() -> None:
    assert protocols.protocols()["BY"]["state_services"] is False
    for language in ("be", "ru", "en"):
        said = " ".join(protocols.for_person("by", language))
        assert said != " ".join(protocols.for_person("LT", language))
        assert not any(word in said for word in ("number", "нумар", "номер", "103", "112"))
        assert protocols.for_team("??", language) == protocols.for_team("LT", language)
