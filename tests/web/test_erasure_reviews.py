"""A stop of the keeping itself: the review that follows waits on Today, and is answered by an erasure or a refusal."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from consent.rights import decisions, erasure, receiving, requests, store_tasks
from consent.saying import erasure_reviews
from portal.access.accounts import Role
from portal.casework import erasures
from portal.jobs import tasks
from tests.consortium import Consortium, codes
from tests.web.people import Browser, send_decision, staff
from vault import clock
from vault.policy import law


@pytest.fixture
def anna(consortium: Consortium) -> str:
    """Somebody who has stopped the keeping of what is theirs."""
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview", "store.evidence")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.withdraw(person, "store.evidence")
    return person


def review_of(consortium: Consortium, person: str) -> str:
    with consortium.database.reading() as session:
        review = erasure_reviews.open_review(session, person)
        assert review is not None
        return review.id


def follow(officer: Browser) -> str:
    """Begin the erasure of the review on Today by its button; the address of the request."""
    found = re.search(r'action="(/protection/reviews/[0-9a-f]{32}/follow)"', officer.get("/protection/"))
    assert found
    officer.post(found[1])
    return officer.path


def is_open(consortium: Consortium, person: str) -> bool:
    with consortium.database.reading() as session:
        return erasure_reviews.open_review(session, person) is not None


def test_a_review_is_followed_from_today_to_an_erasure_that_settles_it(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    begun = clock.now()
    officer = staff(app, consortium, Role.DPO)
    address = follow(officer)
    assert "stopped the keeping itself" in officer.get(address)
    today = officer.get("/protection/")
    assert f'href="{address}"' in today
    assert "/follow" not in today
    with clock.moved_to(begun + law.ERASURE_SAFETY.default + timedelta(minutes=5)):
        first, second = staff(app, consortium, Role.DPO), staff(app, consortium, Role.DPO, "birch")
        first.get(address)
        first.post(f"{address}/propose-erasure", items="")
        second.get(address)
        assert "Not every archive has answered" in second.post(f"{address}/confirm-erasure")
        assert "erase here" not in second.get(address)
        with consortium.database.writing() as session:
            for store in (consortium.store, consortium.other_store):
                for order in store_tasks.for_store(session, store.id):
                    store_tasks.accept(session, order.task)
        assert "erase here" not in second.get(address)
        with consortium.database.writing() as session:
            for order in store_tasks.for_store(session, consortium.store.id):
                store_tasks.reject(session, order.task, "ours")
        assert "erase here" in second.get(address)
        assert is_open(consortium, anna)
        second.post(f"{address}/complete-erasure")
    assert not is_open(consortium, anna)
    with consortium.database.writing() as session:
        tasks._destroy_keys(session)
    assert codes(consortium.decide("F-1")) == ["erased"]
    assert consortium.faults() == []


def test_a_review_is_settled_by_a_refusal_once_its_letter_goes(app: Flask, consortium: Consortium, anna: str) -> None:
    officer = staff(app, consortium, Role.DPO)
    address = follow(officer)
    officer.post(f"{address}/decide", outcome="refused", ground="17(3)(e)", reason="a trial")
    assert is_open(consortium, anna)
    send_decision(officer, address)
    assert not is_open(consortium, anna)
    # Kept, and still not used.
    assert codes(consortium.decide("F-1")) == ["restricted"]


def test_what_is_allowed_again_is_not_erased_for_having_been_stopped(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    begun = clock.now()
    officer = staff(app, consortium, Role.DPO)
    address = follow(officer)
    officer.post(f"{address}/given-again", 409)
    consortium.answer(anna, "granted", "store.evidence")
    with clock.moved_to(begun + law.ERASURE_SAFETY.default + timedelta(minutes=5)):
        officer = staff(app, consortium, Role.DPO)
        assert "has allowed the keeping again" in officer.get(address)
        assert "allowed the keeping again" in officer.post(f"{address}/propose-erasure", 409, items="")
        officer.post(f"{address}/given-again")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_a_review_that_two_officers_follow_is_one_erasure_and_a_settled_one_none(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    review_id = review_of(consortium, anna)

    def work(author: str) -> str:
        with consortium.database.writing() as session:
            review = erasure_reviews.by_id(session, review_id)
            assert review is not None
            return erasures.follow_review(session, review, author).reference

    with ThreadPoolExecutor(2) as workers:
        one, other = workers.map(work, ("first", "second"))
    assert one == other
    with consortium.database.reading() as session:
        asked = requests.by_reference(session, one)
        assert asked is not None
        assert (asked.channel, asked.identity, asked.subject_id) == ("review", "review", anna)
        steps = [step.step for step, _ in requests.history(session, asked)]
        assert steps.count("erasure_begun") == 1
        assert steps.count("sent_erasure_begun") == 1
        assert decisions.waiting(session, asked) is None
    officer = staff(app, consortium, Role.DPO)
    officer.get("/protection/")
    with consortium.database.writing() as session:
        erasure_reviews.settle_of(session, anna)
    assert "settled already" in officer.post(f"/protection/reviews/{review_id}/follow")


def test_a_review_of_somebody_who_has_asked_to_be_erased_leads_to_what_they_asked(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        received = receiving.Received("erasure", "portal", "en", "", subject_id=anna)
        asked = receiving.receive(session, "alder", received, anna)
        erasure.begin(session, asked, anna)
    officer = staff(app, consortium, Role.DPO)
    assert f"/protection/requests/{asked.reference}" in officer.get("/protection/")
    assert "/follow" not in officer.get("/protection/")
