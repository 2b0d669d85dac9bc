"""Requests worked out of order, twice at once, for somebody else or by a store that means harm: nothing comes of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from consent import concerns, store_tasks
from consent.disclosure import release
from consent.disclosure.requests import DisclosureRequest, WrongState
from consent.rights import erasure, packages, requests, resting
from consent.rights.requests import RIGHTS, RightsRequest
from tests.consortium import Consortium, codes
from tests.disclosing import Disclosing, assessed, item
from tests.integration.test_rights import receive
from vault import clock

AFTER = erasure.SAFETY_PERIOD + timedelta(hours=1)


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register(item("F-1", "V-1"))
    return person


def begun_erasure(consortium: Consortium, person: str) -> str:
    with consortium.database.writing() as session:
        request = receive(session, "erasure", person)
        erasure.begin(session, request, "anna")
    return request.id


def confirmed_erasure(consortium: Consortium, person: str) -> str:
    """An erasure that two people have agreed on; called after the safety period by the clock."""
    with clock.moved_to(clock.now() - AFTER):
        request_id = begun_erasure(consortium, person)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        erasure.propose(session, request, {}, "first")
        erasure.confirm(session, request, "second")
    return request_id


ACTS: dict[str, tuple[tuple[str, ...], Callable[[Session, RightsRequest], object]]] = {
    "gather": (("access", "portability"), lambda s, r: packages.gather(s, r, "o")),
    "make": (("access", "portability"), lambda s, r: packages.make(s, r, "o")),
    "rectify": (("rectification",), lambda s, r: store_tasks.give(s, r, "rectify", "o")),
    "rest": (("restriction",), lambda s, r: resting.restrict(s, r, [], "o")),
    "tell of ending": (("restriction",), lambda s, r: resting.tell_of_ending(s, r, "o")),
    "object": (("objection",), lambda s, r: resting.object_to(s, r, "o")),
    "uphold": (("objection",), lambda s, r: resting.uphold(s, r, "o")),
    "go on": (("objection",), lambda s, r: resting.go_on(s, r, "o")),
    "erase": (("erasure",), lambda s, r: erasure.begin(s, r, "o")),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_step_of_one_right_does_nothing_for_another(consortium: Consortium, anna: str, act: str) -> None:
    rights, do = ACTS[act]
    for right in RIGHTS:
        with consortium.database.writing() as session:
            request = receive(session, right, anna)
            if right in rights:
                do(session, request)
                continue
            with pytest.raises(requests.NotNow):
                do(session, request)


def test_nothing_is_ordered_or_erased_for_a_request_that_is_answered(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        access, gone = receive(session, "access", anna), receive(session, "erasure", anna)
        for request in (access, gone):
            requests.end(session, request, "anna")
        with pytest.raises(requests.NotNow):
            packages.gather(session, access, "officer")
        with pytest.raises(requests.NotNow):
            erasure.begin(session, gone, "officer")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_a_request_is_never_turned_to_another_person(consortium: Consortium, anna: str) -> None:
    other = consortium.enrol("V-2")
    with consortium.database.writing() as session:
        request = receive(session, "access", None, channel="mail")
        requests.link(session, request, anna, "in_person", "officer")
        with pytest.raises(requests.NotNow):
            requests.link(session, request, other, "in_person", "officer")
        assert request.subject_id == anna


def test_an_erasure_that_is_refused_lets_everything_stand_again_and_a_confirmed_one_is_not_refused(
    consortium: Consortium, anna: str
) -> None:
    request_id = begun_erasure(consortium, anna)
    with consortium.database.writing() as session:
        erasure.refuse(session, session.get_one(RightsRequest, request_id), "17(3)(e)", "officer")
    assert codes(consortium.decide("F-1")) == ["granted"]
    request_id = confirmed_erasure(consortium, anna)
    with consortium.database.writing() as session, pytest.raises(requests.NotNow):
        erasure.refuse(session, session.get_one(RightsRequest, request_id), "17(3)(e)", "officer")


def test_a_sign_of_force_that_comes_after_both_have_confirmed_still_holds_the_erasure(
    consortium: Consortium, anna: str
) -> None:
    request_id = confirmed_erasure(consortium, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        for task in store_tasks.of_request(session, request):
            store_tasks.reject(session, task, "not now")
        concern = concerns.raise_concern(session, anna, "x", concerns.Ground.SECOND_PASSPHRASE)
        with pytest.raises(requests.Held):
            erasure.complete(session, request, "second")
        concerns.settle(session, concern.id)
        erasure.complete(session, request, "second")


def test_a_store_that_will_not_erase_is_told_of_in_the_answer(consortium: Consortium, anna: str) -> None:
    request_id = confirmed_erasure(consortium, anna)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request_id)
        for task in store_tasks.of_request(session, request):
            store_tasks.reject(session, task, "the shelf is locked")
        erasure.complete(session, request, "second")
        assert erasure.kept(session, request) == {"Documents": "the shelf is locked"}
        assert request.outcome == "partly"


def at_once(consortium: Consortium, seen: type[Any], key: str, acts: list[Callable[[Session, Any], object]]) -> int:
    """Let everybody read the row first and then act on it, as several workers do; how many got their way."""

    def work(act: Callable[[Session, Any], object]) -> bool:
        with consortium.database.writing() as session:
            row = session.get_one(seen, key)
            if seen is RightsRequest:
                erasure.of_request(session, row)
            time.sleep(0.2)
            try:
                act(session, row)
            except (requests.NotNow, WrongState):
                return False
            return True

    with ThreadPoolExecutor(len(acts)) as workers:
        return sum(workers.map(work, acts))


def test_of_taking_back_and_confirming_at_once_one_happens(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(clock.now() - AFTER):
        request_id = begun_erasure(consortium, anna)
    with consortium.database.writing() as session:
        erasure.propose(session, session.get_one(RightsRequest, request_id), {}, "first")
    done = at_once(
        consortium,
        RightsRequest,
        request_id,
        [lambda s, r: erasure.cancel(s, r, "anna"), lambda s, r: erasure.confirm(s, r, "second")],
    )
    assert done == 1
    with consortium.database.reading() as session:
        request = session.get_one(RightsRequest, request_id)
        found = erasure.of_request(session, request)
        assert found is not None
        assert bool(store_tasks.of_request(session, request)) == (found.cancelled_at is None)


def answered(session: Session, request: RightsRequest, outcome: str) -> None:
    requests.answer(session, request, outcome, "12(5)", "officer")


def test_two_officers_answer_a_request_at_once_and_one_answer_stands(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
    acts: list[Callable[[Session, Any], object]] = [
        partial(answered, outcome=outcome) for outcome in ("granted", "refused")
    ]
    assert at_once(consortium, RightsRequest, request.id, acts) == 1


def test_a_proposal_is_not_taken_back_from_under_a_release(consortium: Consortium, anna: str) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    desk.propose()
    acts: list[Callable[[Session, Any], object]] = [
        lambda s, r: release.release(s, r, "officer-2"),
        lambda s, r: release.take_back(s, r, "officer-1"),
    ]
    assert at_once(consortium, DisclosureRequest, desk.id, acts) == 1
    state = desk.read(lambda _s, r: r.state)
    assert (state == "released") == (desk.read(release.of_request) is not None)


def test_of_two_proposals_at_once_one_waits_for_a_second_person(consortium: Consortium, anna: str) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    acts: list[Callable[[Session, Any], object]] = [
        partial(release.propose, assessment=assessed(), proposed_by=by) for by in ("officer-1", "officer-2")
    ]
    assert at_once(consortium, DisclosureRequest, desk.id, acts) == 1
