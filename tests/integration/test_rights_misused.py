"""Requests worked out of order, twice at once, for somebody else or by a store that means harm: nothing comes of it."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from nacl.public import PublicKey, SealedBox
from sqlalchemy.orm import Session

from consent.disclosure import release, secrecy
from consent.disclosure.requests import DisclosureRequest, WrongState
from consent.people import concerns
from consent.rights import erasure, handling, objection, packages, requests, restriction, store_results, store_tasks
from consent.rights.requests import Right, RightsRequest
from portal.casework import answering
from portal.letters.package import as_zip
from tests.consortium import Consortium, codes
from tests.disclosing import Disclosing, assessed, item
from tests.integration.test_rights import receive
from vault import audit, clock
from vault.policy import law

AFTER = law.ERASURE_SAFETY.default + timedelta(hours=1)


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
    "rest": (("restriction",), lambda s, r: restriction.restrict(s, r, [], "o")),
    "tell of ending": (("restriction",), lambda s, r: restriction.tell_of_ending(s, r, "o")),
    "object": (("objection",), lambda s, r: objection.record(s, r, "o")),
    "uphold": (("objection",), lambda s, r: answering.uphold(s, r, "o")),
    "go on": (("objection",), lambda s, r: objection.override(s, r, "o")),
    "erase": (("erasure",), lambda s, r: erasure.begin(s, r, "o")),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_step_of_one_right_does_nothing_for_another(consortium: Consortium, anna: str, act: str) -> None:
    rights, do = ACTS[act]
    for right in tuple(Right):
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
            handling.end(session, request, "anna")
        with pytest.raises(requests.NotNow):
            packages.gather(session, access, "officer")
        with pytest.raises(requests.NotNow):
            erasure.begin(session, gone, "officer")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_a_request_is_never_turned_to_another_person(consortium: Consortium, anna: str) -> None:
    other = consortium.enrol("V-2")
    with consortium.database.writing() as session:
        request = receive(session, "access", None, channel="mail")
        handling.link(session, request, anna, "in_person", "officer")
        with pytest.raises(requests.NotNow):
            handling.link(session, request, other, "in_person", "officer")
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
    handling.answer(session, request, outcome, "12(5)", "officer")


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


def send_result(session: Session, task: store_tasks.StoreTask, content: Any) -> None:
    """What a store sends, sealed as it should be."""
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    sealed = SealedBox(PublicKey(task.public_key)).encrypt(plain)
    store_tasks.finish(session, task, sealed, store_tasks.digest(sealed))


@pytest.mark.parametrize(
    "harmful",
    [
        b"[]",
        b'{"items": 7}',
        b'{"items": [7]}',
        b'{"items": [{"item": ["F-1"]}]}',
        b'{"items": [{"item": ""}]}',
        b'{"items": [{"item": "F-1", "content": "not base64!"}]}',
        b'{"items": [{"item": "F-1", "content": 7}]}',
        b'{"items": [{"item": "half a character \\ud800"}]}',
        b'{"items": [{"item": "F-1", "kind": NaN}]}',
        b'{"items": [{"item": "' + b"x" * 501 + b'"}]}',
        b'{"items": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"items": [' + b"{}," * 100_000 + b"{}]}",
    ],
    ids=lambda sent: sent[:40].decode(),
)
def test_a_result_that_would_block_the_persons_file_is_refused(
    consortium: Consortium, anna: str, harmful: bytes
) -> None:
    with consortium.database.writing() as session:
        (task,) = packages.gather(session, receive(session, "access", anna), "officer")
        with pytest.raises(store_results.Unreadable):
            send_result(session, task, harmful)
        assert task.state == "open"


def test_what_a_store_calls_an_item_never_makes_the_file_unreadable_or_lands_elsewhere(app: Flask) -> None:
    names = ["../../etc/passwd", "C:\\\\x\\\\y", "x" * 500, "..", "a\u202egpj.exe", "\x00"]
    items = [{"item": name, "content": "QUJD", "kind": None, "withheld_because": None} for name in names]
    with app.test_request_context():
        content = {"stores": [{"store": "S", "items": items, "missing_because": None}], "answers": [], "language": "en"}
        heading = {"reference": "R-1", "made_at": "2026-01-01", "controller": {"name": "Alder"}}
        saved = as_zip(content | heading).data
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        files = [name for name in archive.namelist() if name.startswith("files/")]
    assert len(files) == len(names)
    assert all(re.fullmatch(r"files/1/000\d-[\w.-]{1,80}", name) for name in files), files


def test_nothing_of_what_was_collected_is_left_once_it_is_fetched(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
        (task,) = packages.gather(session, request, "officer")
        send_result(session, task, {"items": [{"item": "F-1", "content": "QUJD"}]})
        packages.make(session, request, "officer")
        first = packages.of_request(session, request)
        assert first is not None
        owner = first.key_owner
        assert packages.make(session, request, "officer").key_owner == owner
        assert packages.fetch(session, request, "anna")["stores"][0]["items"][0]["content"] == "QUJD"
        assert store_tasks.result(session, task) == {}
        assert set(packages.keys_to_destroy(session)) == {owner, task.id}
        with pytest.raises(requests.NotNow):
            packages.make(session, request, "officer")


def test_of_an_erased_person_no_package_is_left_and_no_request_once_the_answer_was_there(
    consortium: Consortium, anna: str
) -> None:
    request_id = confirmed_erasure(consortium, anna)
    with consortium.database.writing() as session:
        access = receive(session, "access", anna)
        (task,) = packages.gather(session, access, "officer")
        send_result(session, task, {"items": [{"item": "F-1", "content": "QUJD"}]})
        package = packages.make(session, access, "officer")
        request = session.get_one(RightsRequest, request_id)
        for order in erasure.tasks(session, request):
            send_result(session, order, {"done": ["F-1"], "kept": []})
        erasure.complete(session, request, "second")
        assert not packages.waiting(session, access)
        assert {package.key_owner, task.id} <= set(packages.keys_to_destroy(session))
        assert not {access.id, request_id} & set(erasure.keys_to_destroy(session))
    with clock.moved_to(clock.now() + timedelta(days=31)), consortium.database.writing() as session:
        # Nobody has answered it yet: it stays readable to whoever has to.
        assert {anna, request_id} == set(erasure.keys_to_destroy(session))
        handling.answer(session, session.get_one(RightsRequest, access.id), "refused", "12(5)", "officer")
    with clock.moved_to(clock.now() + timedelta(days=62)), consortium.database.reading() as session:
        assert {anna, access.id, request_id} == set(erasure.keys_to_destroy(session))


def test_a_package_shows_nothing_of_a_question_that_secrecy_covers_by_now_and_no_confidential_act(
    consortium: Consortium,
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "ask_first", "share.icc")
    consortium.register(item("F-1", "V-1"))
    desk = Disclosing(consortium)
    desk.list("F-1")
    assert desk.ask() == 1
    desk.answer(anna, "granted")

    def packed() -> dict[str, Any]:
        with consortium.database.writing() as session:
            audit.record(session, audit.Actor("dpo", "o", "alder"), "concern.settle", anna)
            audit.record(session, audit.Actor("dpo", "o", "alder"), "request.forced", anna)
            request = receive(session, "access", anna)
            packages.make(session, request, "officer")
            content = packages.fetch(session, request, "anna")
            handling.answer(session, request, "granted", None, "officer")
            return content

    told = packed()
    assert {"asked", "answered"} <= {each["kind"] for each in told["history"]}
    assert not [each for each in told["who_looked"] if "concern" in each["act"] or "forced" in each["act"]]
    day = clock.now().date() + timedelta(days=30)
    desk.do(lambda s, r: secrecy.record(s, r, "an order", day, "officer-1"))
    assert not {"asked", "answered"} & {each["kind"] for each in packed()["history"]}
