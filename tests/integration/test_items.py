"""Items, their sources and their people; what a store is told; and what was known when."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from consent import rules
from consent.deciding import lineage, registration
from consent.deciding.registration import Fault
from consent.ledger import bases, feed, stores
from consent.people import persons
from consent.rules import Outcome
from tests.consortium import Consortium, codes
from vault import clock


def test_what_is_made_from_a_testimony_inherits_its_people_to_any_depth(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register(
        {"item": "interview", "subjects": ["V-1"]},
        *({"item": f"cut-{n}", "sources": ["interview" if n == 0 else f"cut-{n - 1}"]} for n in range(300)),
    )
    assert consortium.decide("cut-299").outcome is Outcome.PERMIT
    consortium.withdraw(anna, "share.icc")
    assert codes(consortium.decide("cut-299")) == ["withdrawn"]


def test_a_source_that_is_not_registered_denies_until_it_is(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "analysis", "sources": ["interview"]})
    assert codes(consortium.decide("analysis")) == ["unknown_item"]
    assert codes(consortium.decide("interview")) == ["unknown_item"]
    consortium.register({"item": "interview", "subjects": ["V-1"]})
    assert consortium.decide("analysis").outcome is Outcome.PERMIT


def test_a_circle_of_sources_is_refused_wherever_it_closes(consortium: Consortium) -> None:
    done = consortium.register(
        {"item": "a", "sources": ["b"]}, {"item": "b", "sources": ["c"]}, {"item": "c", "sources": ["a"]}
    )
    assert done.faults == {2: Fault.CIRCLE_OF_SOURCES}
    assert consortium.register({"item": "d", "sources": ["d"]}).faults == {0: Fault.CIRCLE_OF_SOURCES}
    assert consortium.register({"item": "c", "sources": ["a"]}).faults == {0: Fault.CIRCLE_OF_SOURCES}


def test_registering_again_changes_nothing_and_tells_nobody(consortium: Consortium) -> None:
    consortium.enrol("V-1")
    line = {"item": "F-1", "subjects": ["V-1"], "sources": ["F-0"], "sha256": "a" * 64}
    consortium.register(line)
    before = feed_of(consortium)
    again = consortium.register(line)
    assert (again.accepted, again.unchanged) == (0, 1)
    assert feed_of(consortium) == before


def test_only_a_store_that_may_can_declare_that_nobody_is_shown(consortium: Consortium) -> None:
    line = {"item": "map", "no_data_subject": True}
    assert consortium.register(line).accepted == 1
    assert codes(consortium.decide("map")) == ["no_data_subject"]
    refused = consortium.register(line, store=consortium.other_store)
    assert refused.faults == {0: Fault.MAY_NOT_DECLARE}
    consortium.enrol("V-1")
    with_people = consortium.register(line | {"subjects": ["V-1"]})
    assert with_people.faults == {0: Fault.DECLARED_WITH_PEOPLE}


def test_a_declaration_frees_nothing_that_was_made_from_a_testimony(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "refused", "share.icc")
    consortium.register(
        {"item": "interview", "subjects": ["V-1"]},
        {"item": "summary", "sources": ["interview"], "no_data_subject": True},
    )
    assert codes(consortium.decide("summary")) == ["refused"]


def test_a_reference_of_two_organisations_needs_the_organisation(consortium: Consortium) -> None:
    consortium.enrol("V-1")
    consortium.enrol("V-1", organisation="birch")
    ambiguous = consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert ambiguous.faults == {0: Fault.AMBIGUOUS_SUBJECT}
    assert consortium.register({"item": "F-1", "subjects": ["birch/V-1"]}).accepted == 1
    assert consortium.register({"item": "F-2", "subjects": ["V-9"]}).faults == {0: Fault.UNKNOWN_SUBJECT}


def test_two_stores_know_a_person_under_names_that_cannot_be_joined(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.register({"item": "P-1", "subjects": ["V-1"]}, store=consortium.other_store)
    with consortium.database.reading() as session:
        names = {known.pseudonym for known in stores.knowing(session, [anna])}
    assert len(names) == 2
    first = next(iter(names))
    here = consortium.register({"item": "F-3", "subjects": [first]})
    there = consortium.register({"item": "P-3", "subjects": [first]}, store=consortium.other_store)
    assert sorted((here.accepted, there.accepted)) == [0, 1]


def test_people_who_gave_no_interview_rest_on_a_basis_until_they_object(consortium: Consortium) -> None:
    enter_basis(consortium, ["share.icc"])
    line = {"item": "clip", "subjects": [{"person": "face-88", "role": "depicted", "basis": "osint-2021"}]}
    consortium.register(line, {**line, "item": "clip-2"})
    assert codes(consortium.decide("clip")) == ["lawful_basis"]
    assert codes(consortium.decide("clip", "share.un", "un-experts")) == ["no_consent"]
    with consortium.database.writing() as session:
        known = stores.knowing(session, [person_in(consortium, "clip")])
        assert len(known) == 1
        persons.record_objection(session, known[0].subject_id, "test")
    assert codes(consortium.decide("clip-2")) == ["objected"]


def test_a_basis_never_overrides_an_answer(consortium: Consortium) -> None:
    enter_basis(consortium, ["share.icc"])
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": [{"subject": "V-1", "basis": "osint-2021"}]})
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    consortium.answer(anna, "refused", "share.icc")
    assert codes(consortium.decide("F-1")) == ["refused"]


def test_an_assessment_needs_two_people(consortium: Consortium) -> None:
    with pytest.raises(bases.OnePersonOnly):
        enter_basis(consortium, ["share.icc"], confirmed_by="first")


def test_links_and_kinds_are_answered_as_they_were_known(consortium: Consortium) -> None:
    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    consortium.answer(anna, "granted", "share.icc", except_kinds=["medical"])
    consortium.answer(boris, "refused", "share.icc")
    consortium.register({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    first = clock.now()
    consortium.register({"item": "F-1", "kind": "medical", "subjects": ["V-1"]})
    second = clock.now()
    consortium.register({"item": "F-1", "kind": "photo", "subjects": ["V-1", "V-2"]})
    assert codes(consortium.decide("F-1")) == ["refused"]
    assert codes(consortium.decide("F-1", known_at=second)) == ["kind_excluded"]
    assert codes(consortium.decide("F-1", known_at=first)) == ["granted"]


def test_a_held_item_holds_back_what_was_made_from_it(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]}, {"item": "F-2", "sources": ["F-1"]})
    before = clock.now()
    with consortium.database.writing() as session:
        registration.hold(session, session.get_one(stores.Store, consortium.store.id), "F-1", "test")
    assert codes(consortium.decide("F-1")) == ["safety_hold"]
    assert codes(consortium.decide("F-2")) == ["safety_hold"]
    assert consortium.decide("F-2", known_at=before).outcome is Outcome.PERMIT


def test_a_guardians_consent_ends_at_majority(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    majority = clock.now() + timedelta(days=1)
    consortium.answer(anna, "granted", "share.icc", majority_at=majority)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    with clock.moved_to(majority):
        assert codes(consortium.decide("F-1")) == ["majority_unconfirmed"]


def test_an_invalidated_answer_never_counted(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=9))
    with consortium.database.reading() as session:
        from consent.saying import receipts

        event = receipts.receipt(session, anna).lines[0].event
    with consortium.database.writing() as session:
        with pytest.raises(persons.TwoPeopleNeeded):
            persons.invalidate(session, anna, event.id, "forged", proposed_by="one", confirmed_by="one")
        persons.invalidate(session, anna, event.id, "forged", proposed_by="one", confirmed_by="two")
    assert codes(consortium.decide("F-1")) == ["invalidated"]
    assert codes(consortium.decide("F-1", at=clock.now() - timedelta(days=5))) == ["invalidated"]
    assert consortium.faults() == []


def test_every_feed_is_dense_from_one(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    for round_ in range(5):
        consortium.answer(anna, "granted", "share.icc", "share.un")
        consortium.register({"item": f"F-{round_}", "subjects": ["V-1"]})
        consortium.withdraw(anna, "share.icc")
    cursors = [entry["cursor"] for entry in feed_of(consortium)]
    assert cursors == list(range(1, len(cursors) + 1))


@pytest.mark.parametrize("scopes", [("share.icc",), ("share.icc", "share.un", "share.osce")])
def test_a_withdrawal_costs_the_same_however_many_items_there_are(
    consortium: Consortium, scopes: tuple[str, ...]
) -> None:
    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    consortium.answer(anna, "granted", *scopes)
    consortium.answer(boris, "granted", *scopes)
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.register(*({"item": f"G-{number}", "subjects": ["V-2"]} for number in range(2000)))
    few, many = (statements_of(consortium, person, scopes) for person in (anna, boris))
    assert few == many
    assert feed_of(consortium)[-1]["cursor"] == 2 * len(scopes) + 2001 + 2 * len(scopes)


def chain(consortium: Consortium, name: str, length: int) -> None:
    """Items of which each was made from the one before."""
    done = consortium.register(
        {"item": f"{name}-1", "no_data_subject": True},
        *({"item": f"{name}-{n}", "sources": [f"{name}-{n - 1}"]} for n in range(2, length + 1)),
    )
    assert done.accepted == length


def test_more_items_below_one_than_may_be_are_refused_and_what_is_there_stays(consortium: Consortium) -> None:
    chain(consortium, "cut", lineage.MOST_BELOW)
    done = consortium.register(
        {"item": "last", "sources": ["cut-1000"]},
        {"item": "beyond", "sources": ["last"]},
        {"item": "beside", "sources": ["last", "cut-1"]},
        {"item": "high", "sources": ["cut-999", "cut-1"]},
    )
    assert (done.accepted, done.faults) == (2, {1: Fault.TOO_DEEP, 2: Fault.TOO_DEEP})
    again = consortium.register({"item": "last", "sources": ["cut-1000"], "kind": "video"})
    assert again.accepted == 1
    assert codes(consortium.decide("last")) == ["no_data_subject"]


def test_a_chain_put_in_from_its_end_is_measured_whole(consortium: Consortium) -> None:
    half = lineage.MOST_BELOW // 2 + 1
    chain(consortium, "low", half)
    consortium.register(
        {"item": "high-1", "sources": ["middle"]},
        *({"item": f"high-{n}", "sources": [f"high-{n - 1}"]} for n in range(2, half + 1)),
    )
    done = consortium.register({"item": "middle", "sources": [f"low-{half}"]})
    assert done.faults == {0: Fault.TOO_DEEP}


def test_a_long_chain_of_sources_takes_no_more_statements_than_a_short_one(consortium: Consortium) -> None:
    chain(consortium, "short", 10)
    chain(consortium, "long", 900)
    asked: dict[str, list[int]] = {}
    for name, last in (("short", 10), ("long", 900)):
        below = f"{name}-{last}"
        asked[name] = [
            len(statements(consortium, work))
            for work in (
                lambda below=below: consortium.register({"item": f"on {below}", "sources": [below]}),
                lambda below=below: consortium.decide(below),
                lambda name=name: consortium.register({"item": f"{name}-1", "no_data_subject": False}),
            )
        ]
    assert asked["long"] == asked["short"]


def statements_of(consortium: Consortium, subject_id: str, scopes: tuple[str, ...]) -> list[str]:
    """The statements that a withdrawal sends to the database, with how many rows each brings."""
    return statements(consortium, lambda: consortium.withdraw(subject_id, *scopes))


def statements(consortium: Consortium, work: Callable[[], object]) -> list[str]:
    """The statements that some work sends to the database, with how many rows each brings."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        sent.append(f"{statement} {len(parameters)}")  # type: ignore[arg-type]

    engine = consortium.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


def feed_of(consortium: Consortium) -> list[dict[str, object]]:
    with consortium.database.reading() as session:
        return [entry.content or {} for entry in feed.read(session, consortium.store.id, 0, 5000)]


def person_in(consortium: Consortium, item: str) -> str:
    reason: rules.Reason = consortium.decide(item).reasons[0]
    assert reason.subject is not None
    return reason.subject


def enter_basis(consortium: Consortium, scopes: list[str], confirmed_by: str = "second") -> None:
    with consortium.database.writing() as session:
        bases.enter(
            session,
            "osint-2021",
            organisation="alder",
            articles=["6(1)(f)", "9(2)(e)"],
            national_law="none",
            assessment="Published by the people themselves.",
            scopes=scopes,
            review_on=date(2030, 1, 1),
            entered_by="first",
            confirmed_by=confirmed_by,
        )
