"""What is decided about a rights request takes effect as its letter goes: rightly, twice, at once, too late, never."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from consent.people import concerns
from consent.rights import (
    deadlines,
    decisions,
    erasure,
    handling,
    letters,
    objection,
    packages,
    requests,
    restriction,
    store_tasks,
)
from consent.rights.decisions import RightsDecision
from consent.rights.requests import RightsRequest
from portal.casework import answering, copies, erasures, rights_requests
from tests.consortium import Consortium, codes
from tests.integration.test_rights import NOON, receive
from tests.integration.test_rights_misused import AFTER, at_once, begun_erasure
from vault import clock


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


def asked_for(consortium: Consortium, right: str, person: str | None, **more: Any) -> str:
    """A request for `right`; its id."""
    with consortium.database.writing() as session:
        return receive(session, right, person, **more).id


def send(session: Session, request: RightsRequest, author: str = "sender") -> None:
    """Send the letter of the decision that waits, as it was drafted."""
    decision = decisions.waiting(session, request)
    assert decision is not None
    letter = letters.by_id(session, request, str(decision.letter_id))
    assert letter is not None
    answering.send_letter(session, request, letter.id, **letters.words(session, letter), author=author)


def steps(session: Session, request: RightsRequest) -> list[str]:
    return [step.step for step, _ in requests.history(session, request)]


def sent(session: Session, request: RightsRequest) -> list[str]:
    return [letter.template for letter in letters.of_request(session, request, sent_only=True)]


Deciding = Callable[[Session, RightsRequest, str | None], RightsDecision]

# By name: the right that is asked for, what is done before, and the decision.
DECISIONS: dict[str, tuple[str, Callable[[Session, RightsRequest], object], Deciding]] = {
    "question": (
        "access",
        lambda s, r: None,
        lambda s, r, i: answering.ask(s, r, "clarification", "officer", asked_in_time=True, instead_of=i),
    ),
    "extension": ("access", lambda s, r: None, lambda s, r, i: answering.extend(s, r, "it is much", "officer", i)),
    "correction": (
        "rectification",
        lambda s, r: None,
        lambda s, r, i: answering.correct(s, r, "3 May", "officer", i),
    ),
    "refusal": ("access", lambda s, r: None, lambda s, r, i: answering.refuse(s, r, "12(5)", "why", "officer", i)),
    "refused erasure": (
        "erasure",
        lambda s, r: erasure.begin(s, r, "anna"),
        lambda s, r, i: answering.refuse(s, r, "17(3)(e)", "why", "officer", i),
    ),
    "copy": (
        "access",
        lambda s, r: packages.make(s, r, "officer"),
        lambda s, r, i: answering.grant(s, r, "officer", i),
    ),
    "part of a copy": (
        "portability",
        lambda s, r: packages.make(s, r, "officer"),
        lambda s, r, i: answering.grant_partly(s, r, "15(4)", "others", "officer", i),
    ),
    "restriction": (
        "restriction",
        lambda s, r: restriction.restrict(s, r, [], "officer"),
        lambda s, r, i: answering.grant(s, r, "officer", i),
    ),
    "upheld objection": ("objection", lambda s, r: None, lambda s, r, i: answering.uphold(s, r, "officer", i)),
    "weighed objection": (
        "objection",
        lambda s, r: objection.record(s, r, "officer"),
        lambda s, r, i: answering.override(s, r, "we must", "officer", i),
    ),
}


def stands(session: Session, request: RightsRequest) -> tuple[object, ...]:
    """What a decision may change of a request and of what it stops."""
    return (
        request.state,
        request.outcome,
        request.ground,
        request.due_on,
        request.extended,
        request.paused_on,
        len(store_tasks.of_request(session, request)),
        objection.stands(session, request),
        erasure.of_request(session, request) is not None and erasure.of_request(session, request).cancelled_at,  # type: ignore[union-attr]
    )


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_changes_nothing_until_its_letter_goes_and_then_once(
    consortium: Consortium, anna: str, name: str
) -> None:
    right, before, decide = DECISIONS[name]
    request_id = asked_for(consortium, right, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        before(session, request)
        if name == "upheld objection":
            objection.record(session, request, "officer")
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        stood = stands(session, request)
        decision = decide(session, request, None)
        assert stands(session, request) == stood
        assert sent(session, request) == []
        assert decisions.waiting_among(session, [request]) == {request_id}
        with pytest.raises(decisions.DecidedMeanwhile):
            decide(session, request, None)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        letter_id = session.get_one(RightsDecision, decision.id).letter_id
        send(session, request)
        assert stands(session, request) != stood
        assert sent(session, request) == [decision.template]
        assert decisions.waiting(session, request) is None
        with pytest.raises(letters.AlreadySent):
            answering.send_letter(session, request, str(letter_id), "s", "t", "another")
        row = session.get_one(RightsDecision, decision.id)
        assert (row.decided_by, row.sent_by) == ("officer", "sender")
    assert consortium.faults() == []


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_that_is_withdrawn_leaves_no_draft_and_never_takes_effect(
    consortium: Consortium, anna: str, name: str
) -> None:
    right, before, decide = DECISIONS[name]
    request_id = asked_for(consortium, right, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        before(session, request)
        decision = decide(session, request, None)
        letter_id = str(decision.letter_id)
        stood = stands(session, request)
        decisions.withdraw(session, request, decision.id, "second")
        assert letters.of_request(session, request) == []
        assert stands(session, request) == stood
        with pytest.raises(decisions.DecidedMeanwhile):
            decisions.withdraw(session, request, decision.id, "second")
        with pytest.raises(answering.LetterGone):
            answering.send_letter(session, request, letter_id, "s", "t", "second")
        assert "decision_withdrawn" in steps(session, request)
        decide(session, request, None)


def test_another_decision_takes_the_place_of_the_one_that_was_seen_and_of_no_other(
    consortium: Consortium, anna: str
) -> None:
    request_id = asked_for(consortium, "access", anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        first = answering.extend(session, request, "it is much", "officer")
        second = answering.refuse(session, request, "12(5)", "why", "officer", first.id)
        with pytest.raises(decisions.DecidedMeanwhile):
            answering.extend(session, request, "it is more", "another", first.id)
        assert [letter.id for letter in letters.of_request(session, request)] == [second.letter_id]
        send(session, request)
        assert (request.outcome, request.extended) == ("refused", False)


def test_the_letter_says_what_was_decided_and_the_ledger_what_took_effect(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", anna)
        decision = answering.extend(session, request, "three archives", "officer")
        letter = letters.by_id(session, request, str(decision.letter_id))
        assert letter is not None
        text = letters.words(session, letter)["text"]
        assert "25.02.2027" in text
        assert "three archives" in text
        assert request.due_on.isoformat() == "2026-12-28"
        send(session, request)
        assert request.due_on.isoformat() == "2027-02-25"
        assert steps(session, request) == ["received", "decided", "extended", "sent_extension"]
        shown = [step.step for step in requests.history_for_person(session, request)]
        assert shown == ["received", "extended", "sent_extension"]


def test_an_extension_that_is_sent_after_the_first_month_is_refused(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request_id = receive(session, "access", anna).id
        answering.extend(session, session.get_one(RightsRequest, request_id), "much", "officer")
    with clock.moved_to(NOON + timedelta(days=40)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        assert deadlines.clock_state(request, clock.now().date()) == "overdue"
        with pytest.raises(requests.TooLate):
            send(session, request)
        session.rollback()
    with consortium.database.reading() as session:
        request = session.get_one(RightsRequest, request_id)
        assert not request.extended
        assert sent(session, request) == []


def test_a_letter_that_is_not_true_any_more_does_not_go(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        question_id = receive(session, "portability", anna).id
        answering.ask(
            session, session.get_one(RightsRequest, question_id), "clarification", "officer", asked_in_time=True
        )
        request = receive(session, "access", anna)
        handling.ask(session, request, "clarification", "officer", asked_in_time=True)
        answering.extend(session, request, "much", "officer")
    with clock.moved_to(NOON + timedelta(days=9)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        handling.resume(session, request, "officer")
        # It names a last day that the pause has moved since.
        with pytest.raises(decisions.NoLongerSo):
            send(session, request)
    late = clock.moved_to(NOON + timedelta(days=60))
    # It says that the time stands still, which it does not after the last day.
    with late, consortium.database.writing() as session, pytest.raises(decisions.NoLongerSo):
        send(session, session.get_one(RightsRequest, question_id))


def test_what_the_person_takes_back_is_decided_no_more(consortium: Consortium, anna: str) -> None:
    request_id = asked_for(consortium, "access", anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        letter_id = str(answering.refuse(session, request, "12(5)", "why", "officer").letter_id)
        rights_requests.take_back(session, request, "anna")
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        assert decisions.waiting(session, request) is None
        with pytest.raises(answering.LetterGone):
            answering.send_letter(session, request, letter_id, "s", "t", "officer")
        assert request.state == "ended"


def test_nothing_is_erased_past_a_refusal_that_waits_and_none_is_sent_past_a_confirmed_erasure(
    consortium: Consortium, anna: str
) -> None:
    with clock.moved_to(clock.now() - AFTER):
        request_id = begun_erasure(consortium, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        erasures.propose(session, request, {}, "first")
        refusal = answering.refuse(session, request, "17(3)(e)", "a court", "first")
        assert codes(consortium.decide("F-1")) == ["erasure_pending"]
        for act in (partial(erasures.propose, kept={}), erasures.confirm):
            with pytest.raises(erasures.AnswerWaits):
                act(session, request, author="second")
        decisions.withdraw(session, request, refusal.id, "first")
        erasures.confirm(session, request, "second")
        with pytest.raises(requests.NotNow):
            answering.refuse(session, request, "17(3)(e)", "a court", "first")


def test_a_completed_erasure_lets_no_decision_wait(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(clock.now() - AFTER):
        request_id = begun_erasure(consortium, anna)
        other_id = asked_for(consortium, "access", anna)
    with consortium.database.writing() as session:
        request, other = (session.get_one(RightsRequest, each) for each in (request_id, other_id))
        erasures.propose(session, request, {}, "first")
        erasures.confirm(session, request, "second")
        answering.extend(session, request, "much", "first")
        copies.make(session, other, "first")
        for task in store_tasks.of_request(session, request):
            store_tasks.reject(session, task, "ours")
        erasures.complete(session, request, "second")
        assert decisions.waiting(session, request) is None
        assert sent(session, request) == ["erased"]
        # The letter of the other request would say that a file can be fetched.
        with pytest.raises(requests.NotNow):
            send(session, other)


@pytest.mark.parametrize("name", ["correction", "copy"])
def test_nothing_is_changed_or_handed_out_for_somebody_who_seems_forced_since(
    consortium: Consortium, anna: str, name: str
) -> None:
    right, before, decide = DECISIONS[name]
    request_id = asked_for(consortium, right, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        before(session, request)
        decide(session, request, None)
        concern = concerns.raise_concern(session, anna, "documenter")
        with pytest.raises(requests.Held):
            send(session, request)
        concerns.settle(session, concern.id)
    with consortium.database.writing() as session:
        send(session, session.get_one(RightsRequest, request_id))


def test_a_correction_is_answered_as_done_when_every_archive_has_done_it(consortium: Consortium, anna: str) -> None:
    request_id = asked_for(consortium, "rectification", anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        with pytest.raises(requests.NotNow):
            answering.grant(session, request, "officer")
        answering.correct(session, request, "3 May", "officer")
        send(session, request)
        (task,) = store_tasks.of_request(session, request)
        with pytest.raises(requests.NotNow):
            answering.grant(session, request, "officer")
        with pytest.raises(requests.NotNow):
            answering.correct(session, request, "4 May", "officer")
        store_tasks.reject(session, task, "it is not ours")
        with pytest.raises(requests.NotNow):
            answering.grant(session, request, "officer")
        answering.grant_partly(session, request, "17(3)(e)", "the archive holds it otherwise", "officer")
        send(session, request)
        assert (request.state, request.outcome) == ("answered", "partly")


def test_an_objection_that_is_upheld_stops_at_once_and_one_that_is_refused_goes_on_with_the_letter(
    consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "objection", anna)
        answering.uphold(session, request, "officer")
        assert objection.stands(session, request)
        waits = decisions.waiting(session, request)
        assert waits is not None
        answering.override(session, request, "we must", "officer", waits.id)
        assert objection.stands(session, request)
        send(session, request)
        assert not objection.stands(session, request)
        assert (request.outcome, request.ground) == ("refused", "21(1)")


def test_a_restriction_holds_at_once_is_answered_and_can_be_ended_afterwards(consortium: Consortium, anna: str) -> None:
    begun = clock.now()
    request_id = asked_for(consortium, "restriction", anna)
    with consortium.database.writing() as session:
        answering.restrict(session, session.get_one(RightsRequest, request_id), [], "officer")
    assert codes(consortium.decide("F-1")) == ["restricted"]
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        assert request.state == "open"
        send(session, request)
        assert request.outcome == "granted"
        answering.tell_of_ending(session, request, "the court has decided", "officer")
        assert sent(session, request) == ["restricted", "restriction_ends"]
    with clock.moved_to(begun + timedelta(days=8)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        restriction.lift(session, request, "officer")
        with pytest.raises(requests.NotNow):
            answering.tell_of_ending(session, request, "again", "officer")
    assert codes(consortium.decide("F-1")) == ["granted"]


def refusing(session: Session, request: RightsRequest) -> None:
    answering.refuse(session, request, "12(5)", "why", "one")


def extending(session: Session, request: RightsRequest) -> None:
    answering.extend(session, request, "much", "two")


def taking_back(session: Session, request: RightsRequest) -> None:
    rights_requests.take_back(session, request, "anna")


@pytest.mark.parametrize(
    "acts",
    [(refusing, extending), (send, send), (send, taking_back)],
    ids=["decide twice", "send twice", "send, take back"],
)
def test_of_two_at_once_one_gets_their_way(
    consortium: Consortium, anna: str, acts: tuple[Callable[[Session, Any], object], ...]
) -> None:
    request_id = asked_for(consortium, "access", anna)
    if send in acts:
        with consortium.database.writing() as session:
            refusing(session, session.get_one(RightsRequest, request_id))
    with consortium.database.reading() as session:
        (waits,) = letters.of_request(session, session.get_one(RightsRequest, request_id)) or (None,)

    def sending(session: Session, request: RightsRequest) -> None:
        assert waits is not None
        try:
            answering.send_letter(session, request, waits.id, "s", "t", "officer")
        except letters.AlreadySent as error:
            raise requests.NotNow from error

    given = [sending if act is send else act for act in acts]
    assert at_once(consortium, RightsRequest, request_id, given) == 1
    with consortium.database.reading() as session:
        request = session.get_one(RightsRequest, request_id)
        assert len(letters.of_request(session, request)) == (0 if request.state == "ended" else 1)
        assert consortium.faults() == []


def test_a_stranger_is_refused_and_granted_nothing(consortium: Consortium, anna: str) -> None:
    request_id = asked_for(consortium, "access", None, channel="mail")
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        with pytest.raises(requests.IdentityNotConfirmed):
            answering.grant(session, request, "officer")
        with pytest.raises(ValueError, match="refused"):
            answering.refuse(session, request, "", "why", "officer")
        decision = answering.refuse(session, request, "12(5)", "why", "officer", neither=True)
        letter = letters.by_id(session, request, str(decision.letter_id))
        assert letter is not None
        assert "12(5)" not in letters.words(session, letter)["text"]
        send(session, request)
        assert request.ground == "12(5)"


def test_what_was_decided_is_unreadable_in_the_database(consortium: Consortium, anna: str) -> None:
    request_id = asked_for(consortium, "access", anna)
    with consortium.database.writing() as session:
        decision = answering.refuse(
            session, session.get_one(RightsRequest, request_id), "12(5)", "a careful reason", "officer"
        )
        assert b"careful" not in decision.sealed
        assert decision.told is not None
        assert b"careful" not in decision.told
        assert decisions.content(session, decision).words == "a careful reason"
