"""Somebody who can no longer be asked: what they wished is applied, with a source, and can be taken back."""

import pytest

from consent.people import subjects
from consent.saying import situations
from tests.consortium import Consortium, codes


def anna(consortium: Consortium, **wishes: str) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "share.un")
    consortium.answer(person, "refused", "share.osce")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    with consortium.database.writing() as session:
        subjects.keep_profile(session, person, {"wishes": wishes})
    return person


def set_(consortium: Consortium, person: str, situation: str, source: str = "the lawyer called") -> None:
    with consortium.database.writing() as session:
        situations.note(session, person, situation, source, "documenter")


@pytest.mark.parametrize(
    ("wish", "decision"),
    [
        ("stops", "paused_by_wish"),
        ("", "paused_by_wish"),  # nobody can be asked, and nothing was said
        ("goes_on", "granted"),
        ("person_decides", "granted"),
    ],
)
def test_the_wish_for_the_case_is_applied_at_once(consortium: Consortium, wish: str, decision: str) -> None:
    person = anna(consortium, detained=wish)
    set_(consortium, person, "detained")
    assert codes(consortium.decide("F-1")) == [decision]
    assert consortium.faults() == []


def test_when_they_can_be_asked_again_everything_stands_as_it_did(consortium: Consortium) -> None:
    person = anna(consortium, detained="stops")
    set_(consortium, person, "detained")
    with consortium.database.writing() as session:
        assert situations.end(session, person, "documenter") is True
        assert situations.end(session, person, "documenter") is False
    assert codes(consortium.decide("F-1")) == ["granted"]
    assert codes(consortium.decide("F-1", "share.osce", "osce-experts")) == ["refused"]


def test_another_situation_takes_the_place_of_the_first(consortium: Consortium) -> None:
    person = anna(consortium, detained="stops", dead="goes_on")
    set_(consortium, person, "detained")
    set_(consortium, person, "dead")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_nobody_is_said_to_be_dead_without_a_source(consortium: Consortium) -> None:
    person = anna(consortium)
    with consortium.database.writing() as session:
        with pytest.raises(situations.NoSource):
            situations.note(session, person, "dead", " ", "documenter")
        with pytest.raises(ValueError, match="asleep"):
            situations.note(session, person, "asleep", "x", "documenter")


def test_the_source_is_sealed(consortium: Consortium) -> None:
    person = anna(consortium)
    set_(consortium, person, "dead", "her sister wrote")
    with consortium.database.reading() as session:
        found = situations.of_person(session, person)
        assert found is not None
        assert b"sister" not in found.sealed
        assert situations.source(session, found) == "her sister wrote"
