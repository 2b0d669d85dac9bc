"""Rights requests from receipt to proof: the clock, the packages, and an erasure that nobody can be made to hurry."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from flask import Flask
from nacl.public import PublicKey, SealedBox
from sqlalchemy.orm import Session

from consent.client import Orders, Refused
from consent.deciding import registration
from consent.disclosure import notices
from consent.ledger import stores
from consent.people import concerns, persons
from consent.rights import (
    breaches,
    deadlines,
    erasure,
    handling,
    letters,
    packages,
    receiving,
    records,
    requests,
    restriction,
    retention,
    store_tasks,
)
from consent.rights.orders import SERVES
from consent.rights.receiving import Received
from consent.rights.requests import RightsRequest
from portal.reference_store import Holdings, orders
from tests.consortium import Consortium, codes
from tests.disclosing import Disclosing, item
from tests.following import Following
from vault import clock
from vault.keys import KeyDestroyed
from vault.policy import law
from vault.sealing import Unreadable

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def receive(session: Session, right: str, person: str | None, **more: Any) -> RightsRequest:
    received = Received(right, more.pop("channel", "portal"), "en", "my words", subject_id=person, **more)
    return receiving.receive(session, "alder", received, "test")


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "share.un", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


def test_a_request_has_its_legal_deadline_and_every_step_is_in_history_and_ledger(
    consortium: Consortium, anna: str
) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", anna)
        assert request.due_on.isoformat() == "2026-12-28"
        handling.extend(session, request, "it is much", "officer")
        assert request.due_on.isoformat() == "2027-02-25"
        handling.answer(session, request, "partly", "15(4)", "officer")
        steps = [step.step for step, _ in requests.history(session, request)]
    assert steps == ["received", "extended", "answered_partly"]
    assert consortium.faults() == []


def test_a_note_that_is_moved_to_another_step_is_not_read_there(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
        requests.note(session, request, "routed", "officer", "to Birch")
        requests.note(session, request, "extended", "officer", "it is much")
        (_, _), (one, _), (other, _) = requests.history(session, request)
        session.expunge_all()
        one.sealed, other.sealed = other.sealed, one.sealed
        with pytest.raises(Unreadable):
            requests._note_of(session, one)


def test_a_question_pauses_the_clock_unless_it_could_have_been_asked_earlier(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", None, channel="mail")
        late = receive(session, "rectification", None, channel="mail")
        handling.ask(session, request, "identity", "officer", asked_in_time=True)
        handling.ask(session, late, "clarification", "officer", asked_in_time=False)
        assert deadlines.clock_state(late, NOON.date()) == "running"
        assert deadlines.clock_state(request, NOON.date()) == "paused"
    with clock.moved_to(NOON + timedelta(days=10)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        handling.link(session, request, anna, "shared_secret", "officer")
        assert request.due_on.isoformat() == "2027-01-04"  # 4 January 2027: 25 December and ten days


def test_a_question_after_the_last_day_pauses_nothing_and_the_overdue_stays_red(
    consortium: Consortium, anna: str
) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", None, channel="mail")
        last = request.due_on
    late = NOON + timedelta(days=60)
    with clock.moved_to(late), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        handling.ask(session, request, "identity", "officer", asked_in_time=True)
        assert (
            "stands still" not in letters.words(session, letters.draft(session, request, "identity_question"))["text"]
        )
        assert deadlines.clock_state(request, late.date()) == "overdue"
        handling.link(session, request, anna, "shared_secret", "officer")
        assert request.due_on == last
        # What an earlier rule let rest after the last day rests nothing either.
        request.pauses = [[late.date().isoformat(), (late + timedelta(days=9)).date().isoformat()]]
        assert deadlines.deadline_of(session, request).last_day == last


def test_who_asks_is_not_asked_again_once_it_is_known(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", anna)
        with pytest.raises(requests.NotNow):
            handling.ask(session, request, "identity", "officer", asked_in_time=True)
        handling.ask(session, request, "clarification", "officer", asked_in_time=True)
        due = request.due_on
    with clock.moved_to(NOON + timedelta(days=60)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        handling.extend(session, request, "the clock stood still on the last day", "officer")
        assert request.due_on > due


def test_however_many_provisions_there_are_an_erasure_is_completed(consortium: Consortium, anna: str) -> None:
    everything = {f"F-{letter}": f"Art. 17(3)({letter})" for letter in "abcdefghijkl"} | {"F-1": "17(3)(e), (d)"}
    assert erasure._provisions(everything, ()) == "17(3)"
    assert erasure._provisions({"F-1": "Art. 17(3)(e)", "F-2": "17(3)(e)"}, ()) == "17(3)(e)"
    assert erasure._provisions({"Documents": "17(3)(e)"}, {"Documents"}) == "17(3)"


def test_that_the_time_stands_still_is_said_where_it_does(consortium: Consortium) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        for asked_in_time in (True, False):
            request = receive(session, "access", None, channel="mail")
            handling.ask(session, request, "clarification", "officer", asked_in_time=asked_in_time)
            letter = letters.draft(session, request, "clarification_question")
            assert ("stands still" in letters.words(session, letter)["text"]) is asked_in_time


def test_a_stranger_is_answered_nothing_about_anybody(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "access", None, channel="public_form", secret="six words of a phrase here now")
        with pytest.raises(requests.IdentityNotConfirmed):
            packages.gather(session, request, "officer")
        with pytest.raises(requests.IdentityNotConfirmed):
            handling.answer(session, request, "granted", None, "officer")
        assert requests.by_secret(session, request.reference, "another phrase") is None
        assert requests.by_secret(session, request.reference, " Six words  of a phrase here NOW ") is request
        handling.answer(session, request, "refused", "12(5)", "officer")


def test_asking_twice_is_one_request_and_its_clock_runs_from_the_first(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        first = receive(session, "access", anna)
    with clock.moved_to(NOON + timedelta(days=3)), consortium.database.writing() as session:
        assert receive(session, "access", anna).id == first.id


def test_it_can_be_extended_only_within_the_first_month_and_once(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        request = receive(session, "access", anna)
    with clock.moved_to(NOON + timedelta(days=40)), consortium.database.writing() as session:
        with pytest.raises(requests.TooLate):
            handling.extend(session, session.get_one(RightsRequest, request.id), "late", "officer")
        assert deadlines.clock_state(request, clock.now().date()) == "overdue"


def carry_out(following: Following, result: dict[str, Any]) -> list[dict[str, Any]]:
    """What a store does: reads its orders, and answers each sealed."""
    tasks: list[dict[str, Any]] = following.portal.get("/tasks")["tasks"]
    for task in tasks:
        following.portal.post(f"/tasks/{task['id']}/accept", None)
        sealed = SealedBox(PublicKey(base64.b64decode(task["public_key"]))).encrypt(json.dumps(result).encode())
        said = {"sealed": base64.b64encode(sealed).decode(), "sha256": hashlib.sha256(sealed).hexdigest()}
        following.portal.post(f"/tasks/{task['id']}/result", said)
        following.portal.post(f"/tasks/{task['id']}/result", said)
    return tasks


def test_an_access_package_is_gathered_from_every_store_and_fetched_once(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    consortium.register({"item": "P-1", "subjects": ["V-1"]}, store=consortium.other_store)
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
        assert len(packages.gather(session, request, "officer")) == 2
        assert packages.gather(session, request, "officer") == []
        with pytest.raises(packages.NotReady):
            packages.make(session, request, "officer")
    item = {"item": "F-1", "kind": "photo", "media_type": "image/png", "content": "AAAA", "withheld_because": None}
    sent = [[item], [item | {"item": "P-1"}]]
    for store, items in zip((consortium.store, consortium.other_store), sent, strict=True):
        assert len(carry_out(Following(api, consortium, tmp_path, store), {"items": items})) == 1
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        packages.make(session, request, "officer")
    with consortium.database.writing() as session:
        content = packages.fetch(session, session.get_one(RightsRequest, request.id), "anna")
    jsonschema.validate(content, packages.schema("access"))
    assert [store["items"] for store in content["stores"]] == sent
    assert content["interview_references"] == ["V-1"]
    with consortium.database.writing() as session, pytest.raises(packages.Gone):
        packages.fetch(session, session.get_one(RightsRequest, request.id), "anna")


def test_a_result_is_taken_only_sealed_whole_and_from_the_store_that_was_asked(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    with consortium.database.writing() as session:
        packages.gather(session, receive(session, "access", anna), "officer")
    asked, other = (Following(api, consortium, tmp_path, s) for s in (consortium.store, consortium.other_store))
    (task,) = asked.portal.get("/tasks")["tasks"]
    assert task["items"] == ["F-1"]
    assert other.portal.get("/tasks")["tasks"] == []
    sealed = SealedBox(PublicKey(base64.b64decode(task["public_key"]))).encrypt(b"[]")
    for body, digest in ((sealed, "0" * 64), (sealed, None), (b"not sealed", None)):
        said = {
            "sealed": base64.b64encode(body).decode(),
            "sha256": digest or hashlib.sha256(body).hexdigest(),
        }
        with pytest.raises(Refused) as refused:
            asked.portal.post(f"/tasks/{task['id']}/result", said)
        assert refused.value.status == 422
    with pytest.raises(Refused) as refused:
        other.portal.post(f"/tasks/{task['id']}/accept", None)
    assert refused.value.status == 404
    asked.portal.post(f"/tasks/{task['id']}/reject", {"reason": "the shelf burnt down"})
    with pytest.raises(Refused) as refused:
        asked.portal.post(f"/tasks/{task['id']}/accept", None)
    assert refused.value.status == 409


def order(session: Session, kind: str, person: str) -> str:
    """Order `kind` about a person, as an officer's step does; the request's id."""
    rights = SERVES[kind]
    request = receive(session, rights[0], person)
    store_tasks.give(session, request, kind, "officer")
    return request.id


@pytest.mark.parametrize("kind", SERVES)
@pytest.mark.parametrize("foreign", ["G-1", "never registered"])
def test_a_result_that_names_an_item_which_the_order_does_not_name_is_refused_whole(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any, kind: str, foreign: str
) -> None:
    consortium.register({"item": "G-1", "subjects": [{"person": "face-2"}]})
    with consortium.database.writing() as session:
        request_id = order(session, kind, anna)
    store = Following(api, consortium, tmp_path)
    names = ("F-1", foreign)
    results: list[dict[str, Any]] = [{"done": names}, {"done": ["F-1"], "kept": [{"item": foreign, "reason": "ours"}]}]
    if kind == "collect":
        results = [{"items": [{"item": name, "content": "QUJD"} for name in names]}]
    for result in results:
        with pytest.raises(Refused) as refused:
            carry_out(store, result)
        assert refused.value.status == 422
    with consortium.database.reading() as session:
        (task,) = store_tasks.of_request(session, session.get_one(RightsRequest, request_id))
        assert (task.state, task.result, task.result_sha256) == ("accepted", None, None)


def test_an_order_names_nothing_that_is_not_of_it_though_it_was_made_from_that(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    consortium.register(
        {"item": "G-1", "subjects": [{"person": "face-2"}]},
        {"item": "F-2", "subjects": ["V-1"], "sources": ["G-1"]},
    )
    with consortium.database.writing() as session:
        order(session, "collect", anna)
    (task,) = Following(api, consortium, tmp_path).portal.get("/tasks")["tasks"]
    assert task["items"] == ["F-1", "F-2"]
    assert task["instructions"]["with_others"] == ["F-2"]


def test_an_order_says_of_an_item_that_is_held_too_that_others_are_in_it(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    consortium.enrol("V-2")
    consortium.register({"item": "F-1", "subjects": ["V-1", "V-2"]}, {"item": "F-2", "sources": ["F-1"]})
    with consortium.database.writing() as session:
        registration.hold(session, consortium.store, "F-1", "officer")
        order(session, "collect", anna)
    (task,) = Following(api, consortium, tmp_path).portal.get("/tasks")["tasks"]
    assert task["instructions"]["with_others"] == task["items"] == ["F-1", "F-2"]


@pytest.mark.parametrize("right", packages.SCHEMAS)
def test_a_package_names_what_is_missing_and_hands_out_nothing_that_is_another_persons_by_now(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any, right: str
) -> None:
    consortium.register({"item": "F-2", "subjects": ["V-1"]}, {"item": "F-3", "subjects": ["V-1"]})
    with consortium.database.writing() as session:
        request = receive(session, right, anna)
        packages.gather(session, request, "officer")
    sent = [{"item": name, "kind": "photo", "content": "QUJD"} for name in ("F-1", "F-2")]
    carry_out(Following(api, consortium, tmp_path), {"items": sent})
    consortium.register({"item": "F-2", "subjects": [{"person": "face-2"}]})
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        (task,) = store_tasks.of_request(session, request)
        assert store_tasks.missing(session, task) == ["F-3"]
        packages.make(session, request, "officer")
        content = packages.fetch(session, request, "anna")
        assert store_tasks.missing(session, task) == []
    jsonschema.validate(content, packages.schema(right))
    (store,) = content["stores"]
    assert [each["item"] for each in store["items"]] == ["F-1"]
    assert store["missing"] == ["F-3"]


def test_erasing_stops_at_once_waits_and_takes_two_people_and_every_store(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    consortium.register({"item": "G-1", "subjects": ["V-1", {"person": "face-2"}]})
    begun = clock.now()
    with consortium.database.writing() as session:
        request = receive(session, "erasure", anna)
        erasure.begin(session, request, "anna")
    assert codes(consortium.decide("F-1")) == ["erasure_pending"]
    with consortium.database.writing() as session, pytest.raises(erasure.TooSoon):
        erasure.propose(session, session.get_one(RightsRequest, request.id), {}, "first")
    with clock.moved_to(begun + law.ERASURE_SAFETY.default + timedelta(hours=1)):
        with consortium.database.writing() as session:
            request = session.get_one(RightsRequest, request.id)
            erasure.propose(session, request, {}, "first")
            with pytest.raises(erasure.AnotherPersonNeeded):
                erasure.confirm(session, request, "first")
            erasure.confirm(session, request, "second")
            with pytest.raises(erasure.TooSoon):
                erasure.complete(session, request, "second")
        (task,) = carry_out(Following(api, consortium, tmp_path), {"done": ["F-1"], "kept": []})
        assert task["kind"] == "erase"
        assert task["instructions"]["with_others"] == ["G-1"]
        with consortium.database.writing() as session:
            done = erasure.complete(session, session.get_one(RightsRequest, request.id), "second")
            assert done.gone_by is not None
        with consortium.database.writing() as session:
            persons.forget_key(session, anna)
        assert codes(consortium.decide("F-1")) == ["erased"]
        assert "erased" in codes(consortium.decide("G-1"))
        assert consortium.faults() == []
        with consortium.database.reading() as session, pytest.raises(KeyDestroyed):
            session.info["keyring"].unseal(anna, "anywhere", b"\x01" + bytes(40))


def test_taken_back_in_time_what_was_allowed_stands_again(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "erasure", anna)
        erasure.begin(session, request, "anna")
    with consortium.database.writing() as session:
        erasure.cancel(session, session.get_one(RightsRequest, request.id), "anna")
    assert codes(consortium.decide("F-1")) == ["granted"]


@pytest.mark.parametrize("how", ["concern", "marked"])
def test_somebody_who_seems_forced_is_stopped_for_but_not_erased(consortium: Consortium, anna: str, how: str) -> None:
    begun = clock.now()
    with consortium.database.writing() as session:
        request = receive(session, "erasure", anna)
        erasure.begin(session, request, "anna")
        if how == "concern":
            concerns.raise_concern(session, anna, "documenter")
        else:
            handling.mark_forced(session, request, "officer")
    with clock.moved_to(begun + timedelta(days=20)), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        with pytest.raises(requests.Held):
            erasure.propose(session, request, {}, "first")
        assert erasure.of_request(session, request) is not None
    assert codes(consortium.decide("F-1")) == ["erasure_pending"]


def test_a_restriction_leaves_open_what_the_person_names_and_ends_after_they_were_told(
    consortium: Consortium, anna: str
) -> None:
    begun = clock.now()
    with consortium.database.writing() as session:
        request = receive(session, "restriction", anna)
        restriction.restrict(session, request, ["share.un"], "officer")
    assert codes(consortium.decide("F-1")) == ["restricted"]
    assert codes(consortium.decide("F-1", "share.un", "un-experts")) == ["granted"]
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        with pytest.raises(restriction.NotToldYet):
            restriction.lift(session, request, "officer")
        restriction.tell_of_ending(session, request, "officer")
        with pytest.raises(restriction.NotToldYet):
            restriction.lift(session, request, "officer")
    # It is told a moment after `begun`: the last day has come, in Auckland even the next one, and the week is not over.
    with (
        clock.moved_to(begun + timedelta(days=7)),
        clock.read_in(lambda: ZoneInfo("Pacific/Auckland")),
        consortium.database.writing() as session,
        pytest.raises(restriction.NotToldYet),
    ):
        restriction.lift(session, session.get_one(RightsRequest, request.id), "officer")
    with clock.moved_to(begun + timedelta(days=8)), consortium.database.writing() as session:
        restriction.lift(session, session.get_one(RightsRequest, request.id), "officer")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_retention_opens_a_review_once_and_erases_nothing(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(clock.now() + timedelta(days=3651)):
        for new in (1, 0):
            with consortium.database.writing() as session:
                assert retention.open_reviews(session) == new
        with consortium.database.writing() as session:
            (review,) = retention.open_ones(session)
            assert review.subject_id == anna
            retention.settle(session, review.id, "officer")
            assert retention.open_ones(session) == []
            assert retention.open_reviews(session) == 0


def test_a_breach_has_its_clock_and_its_list_of_people(consortium: Consortium, anna: str) -> None:
    aware = datetime(2026, 11, 24, 10, tzinfo=UTC)
    with clock.moved_to(NOON), consortium.database.writing() as session:
        breach = breaches.enter(
            session,
            "alder",
            aware_at=aware,
            risk="high_risk",
            what="a lost notebook",
            measures="keys changed",
            people=[anna],
            author="officer",
        )
        assert breach.due_at == aware + timedelta(hours=72)
        breaches.informed(session, breach, anna, "officer")
        breaches.informed(session, breach, "nobody", "officer")
        breaches.notified(session, breach, "officer")
        breaches.close(session, breach, "officer")
        assert breach.informed == [anna]
        assert breaches.content(session, breach)["what"] == "a lost notebook"
        assert b"notebook" not in breach.sealed
    assert consortium.faults() == []


def test_the_records_of_processing_are_those_of_the_catalogue(consortium: Consortium) -> None:
    with consortium.database.reading() as session:
        found = {record.purpose: record for record in records.of_processing(session, "en")}
    assert len(found) == 21
    assert found["share.icc"].recipients == ("icc-otp",)
    assert found["share.icc"].stores == ("Documents", "Pictures")
    assert found["mhpss.case"].stores == ()


def test_the_years_figures_count_what_happened(consortium: Consortium, anna: str) -> None:
    with clock.moved_to(NOON), consortium.database.writing() as session:
        handling.answer(session, receive(session, "access", anna), "granted", None, "officer")
        receive(session, "restriction", anna)
    with consortium.database.reading() as session:
        year = records.of_year(session, 2026)
    assert (year.received, year.outcomes, year.late) == (
        {"access": 1, "restriction": 1},
        {"granted": 1, "open": 1},
        0,
    )


@pytest.mark.parametrize("ground", ["they told us on the phone", "17(3)(e), he said", "Art. 12(5)", ""])
def test_a_ground_is_a_code_and_no_words(consortium: Consortium, anna: str, ground: str) -> None:
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
        with pytest.raises(ValueError, match=re.escape(ground or "refused")):
            handling.answer(session, request, "refused", ground, "officer")
        handling.answer(session, request, "refused", "Databeskyttelsesloven § 22(1)", "officer")


def test_orders_that_a_store_leaves_lying_are_overdue(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        packages.gather(session, receive(session, "access", anna), "officer")
        assert store_tasks.overdue(session) == []
    with clock.moved_to(clock.now() + timedelta(days=11)), consortium.database.reading() as session:
        assert len(store_tasks.overdue(session)) == 1


def test_whoever_received_it_is_told_of_an_erasure_through_a_drafted_notice(consortium: Consortium, anna: str) -> None:
    consortium.register(item("F-1", "V-1"))
    disclosing = Disclosing(consortium)
    disclosing.list("F-1")
    disclosing.propose()
    disclosing.release()
    begun = clock.now()
    with consortium.database.writing() as session:
        request = receive(session, "erasure", anna)
        erasure.begin(session, request, "anna")
    with clock.moved_to(begun + law.ERASURE_SAFETY.default * 2), consortium.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        erasure.propose(session, request, {}, "first")
        erasure.confirm(session, request, "second")
        (notice,) = notices.listed(session)
        assert notice.recipient == "icc-otp"
        assert notices.content(session, notice).text.startswith("Under GDPR Art. 19")


def test_an_access_package_with_two_hundred_items_in_three_stores_is_whole_without_anybody_copying(
    consortium: Consortium, anna: str, api: Flask, tmp_path: Any
) -> None:
    with consortium.database.writing() as session:
        third = stores.create(session, "Voices", "birch", ["share.icc"], may_declare_no_data_subject=False)
    counts = {consortium.store: 80, consortium.other_store: 70, third: 50}
    folders = {}
    for number, (store, count) in enumerate(counts.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        lines = [{"item": f"{number}-{place}.txt", "kind": "photo", "subjects": ["V-1"]} for place in range(count)]
        for line in lines:
            (folder / str(line["item"])).write_text(f"the content of {line['item']}")
        (folder / "items.ndjson").write_text("\n".join(json.dumps(line) for line in lines))
        folders[store] = Holdings(folder)
    followed = {store: Following(api, consortium, tmp_path, store) for store in counts}
    for store, holdings in folders.items():
        assert holdings.register(followed[store].portal) == []
    with consortium.database.writing() as session:
        request = receive(session, "access", anna)
        packages.gather(session, request, "officer")
    for store, holdings in folders.items():
        assert orders.carry_out(Orders(followed[store].portal), holdings) == 1
    with consortium.database.writing() as session:
        packages.make(session, session.get_one(RightsRequest, request.id), "officer")
    with consortium.database.writing() as session:
        content = packages.fetch(session, session.get_one(RightsRequest, request.id), "anna")
    jsonschema.validate(content, packages.schema("access"))
    texts = {
        base64.b64decode(each["content"]).decode()
        for store in content["stores"]
        for each in store["items"]
        if each["content"]
    }
    assert len(texts) == 200
    for following in followed.values():
        following.replica.close()
