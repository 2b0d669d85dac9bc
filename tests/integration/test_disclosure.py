"""From a list to a certified release: sorted by consent as it stands, decided by two people, never past a no."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import jsonschema
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from consent.disclosure import (
    asking,
    contacts,
    copies,
    figures,
    handover,
    legal_holds,
    lists,
    marks,
    notices,
    packages,
    products,
    received,
    release,
    requests,
    secrecy,
    standing,
    withheld,
)
from consent.disclosure.check import Bucket
from consent.people import persons
from consent.proving import offline
from consent.rights import erasure, handling, receiving, restriction
from consent.rights import packages as rights_packages
from consent.rights import requests as rights_requests
from consent.saying import withdrawal
from tests.consortium import Consortium
from tests.disclosing import QUESTION, Disclosing, digest_of, item
from vault import clock


@pytest.fixture
def people(consortium: Consortium) -> dict[str, str]:
    """Somebody who agreed, somebody who wants to be asked, somebody who refused; a file of each, and one of all."""
    said = {"V-1": "granted", "V-2": "ask_first", "V-3": "refused"}
    subjects = {reference: consortium.enrol(reference) for reference in said}
    for reference, answer in said.items():
        consortium.answer(subjects[reference], answer, "share.icc", "share.prosecutor", "contact.authority")
    consortium.register(
        item("F-1", "V-1"),
        item("F-2", "V-2"),
        item("F-3", "V-3"),
        item("F-12", "V-1", "V-2"),
        item("F-123", "V-1", "V-2", "V-3"),
        item("F-0", no_data_subject=True),
        {"item": "F-nodigest", "subjects": ["V-1"]},
    )
    return subjects


ALL = ("F-1", "F-2", "F-3", "F-12", "F-123", "F-0", "F-nodigest", "F-unknown")


def test_a_list_is_sorted_by_what_each_person_said(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    added = desk.list(*ALL, "F-1")
    assert (added.new, added.repeated, added.unknown) == (len(ALL), 1, ("F-unknown",))
    assert desk.buckets() == {
        "F-1": "go",
        "F-2": "ask",
        "F-3": "withheld",
        "F-12": "ask",
        "F-123": "withheld",
        "F-0": "go",
        "F-nodigest": "go",
        "F-unknown": "withheld",
    }
    found = desk.sort()
    assert found.total == len(ALL)
    assert found.ready == 2
    assert dict(found.missing) == {"no_digest": 1}
    assert dict(found.to_ask) == {people["V-2"]: 2}
    assert dict(found.reasons_of(Bucket.WITHHELD)) == {"refused": 2, "unknown_item": 1}


def test_the_class_of_a_recipient_demands_a_copy_without_names(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1", "F-0")
    assert desk.buckets() == {"F-1": "obliged", "F-0": "go"}
    assert dict(desk.sort().missing) == {"no_copy": 1}
    with pytest.raises(copies.BadCopy):
        desk.do(lambda s, r: copies.register(s, r, "pseudonymised", f"F-1,{digest_of('F-1')}", "officer-1"))
    desk.copy("F-1")
    assert desk.sort().ready == 2
    desk.propose()
    certificate = desk.release()
    (one,) = [each for each in certificate["content"]["items"] if each["item"] == "F-1"]
    assert one["obligations"] == [{"identity": "pseudonymised"}]
    assert (one["sha256"], one["original_sha256"]) == (digest_of("copy of F-1"), digest_of("F-1"))


def test_a_withdrawal_before_the_release_moves_items_at_once(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list(*ALL)
    desk.propose()
    consortium.withdraw(people["V-1"], "share.icc")
    assert desk.buckets()["F-1"] == "withheld"
    certificate = desk.release()
    assert [each["item"] for each in certificate["content"]["items"]] == ["F-0"]


def test_asked_first_a_yes_to_this_request_lets_go_and_no_answer_is_a_no(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk, other = Disclosing(consortium), Disclosing(consortium)
    desk.list("F-2", "F-12")
    other.list("F-2")
    assert desk.ask() == 1
    assert desk.ask() == 0
    assert desk.buckets() == {"F-2": "ask", "F-12": "ask"}
    desk.answer(people["V-2"], "granted")
    assert desk.buckets() == {"F-2": "go", "F-12": "go"}
    assert other.buckets() == {"F-2": "ask"}
    desk.answer(people["V-2"], "refused")
    assert desk.buckets() == {"F-2": "ask", "F-12": "ask"}
    desk.propose()
    with pytest.raises(release.NothingToRelease):
        desk.release()
    assert consortium.faults() == []


def test_asking_under_a_duty_of_secrecy_is_refused(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list("F-2")
    ahead = clock.now().date() + timedelta(days=30)
    desk.do(lambda s, r: secrecy.record(s, r, "Art. 1 of a fictional code", ahead, "officer-1"))
    with pytest.raises(asking.UnderSecrecy):
        desk.ask()
    desk.do(lambda s, r: secrecy.lift(s, r, "officer-1"))
    assert desk.ask() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"danger_people": " "}, "danger_people"),
        ({"danger_near": ""}, "danger_near"),
        ({"transfer_ground": ""}, "transfer_ground"),
        ({"transfer_basis": "48"}, "transfer_basis"),
        ({"assessed_on": clock.now().date() - timedelta(days=31)}, "assessed_on"),
        ({"assessed_on": clock.now().date() + timedelta(days=2)}, "assessed_on"),
    ],
)
def test_nothing_is_proposed_without_a_whole_and_fresh_assessment(
    consortium: Consortium, people: dict[str, str], changed: dict[str, object], field: str
) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    with pytest.raises(release.Incomplete) as refused:
        desk.propose(**changed)
    assert refused.value.field == field


def test_one_person_alone_releases_nothing(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    with pytest.raises(requests.WrongState):
        desk.release()
    desk.propose()
    with pytest.raises(persons.TwoPeopleNeeded):
        desk.release("officer-1")
    assert desk.release("officer-2")["content"]["number"].endswith("-R")


def test_nothing_is_proposed_before_the_asker_is_confirmed(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium, confirmed=False)
    desk.list("F-1")
    with pytest.raises(requests.WrongState):
        desk.propose()


def test_a_certificate_holds_offline_and_no_change_of_it_does(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list(*ALL)
    desk.ask()
    desk.answer(people["V-2"], "granted")
    desk.propose()
    certificate = desk.release()
    assert offline.check(certificate).kind == "certificate"
    assert people["V-1"] not in str(certificate)
    content = certificate["content"]
    (both,) = [each for each in content["items"] if each["item"] == "F-12"]
    assert (both["outcome"], sorted(code for _, code in both["reasons"])) == (
        "permit",
        ["asked_and_granted", "granted"],
    )
    for change in (
        {"content": content | {"items": content["items"][1:]}},
        {"content": content | {"terms": []}},
        {"proofs": certificate["proofs"][1:]},
        {"checkpoint": certificate["checkpoint"] | {"size": certificate["checkpoint"]["size"] + 1}},
    ):
        with pytest.raises(offline.NotWhole):
            offline.check(certificate | change)


def test_the_schedule_of_what_was_withheld_groups_reasons_and_counts_what_may_exonerate(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    desk.list(*ALL)
    assert desk.do(lambda s, r: marks.mark(s, r.id, ["F-3", "F-1", "no such"], "officer-1")) == 2
    desk.propose()
    certificate = desk.release()
    assert certificate["content"]["withheld"] == [
        {"reason": "no_permission", "items": 4, "may_exonerate": 1},
        {"reason": "unknown", "items": 1, "may_exonerate": 0},
        {"reason": "not_ready", "items": 1, "may_exonerate": 0},
    ]
    counts = desk.read(lambda s, r: release.withheld(s, release.of_request(s, r).id))  # type: ignore[union-attr]
    assert {count.reason: count.items for count in counts} == {
        "refused": 2,
        "ask_first": 2,
        "unknown_item": 1,
        "no_digest": 1,
    }
    assert sum(group.items for group in withheld.schedule(counts)) == sum(count.items for count in counts)


def erasure_asked(consortium: Consortium, person: str) -> None:
    with consortium.database.writing() as session:
        told = receiving.Received("erasure", "portal", "en", "all of it", subject_id=person)
        erasure.begin(session, receiving.receive(session, "alder", told, "test"), "them")


def restriction_asked(consortium: Consortium, person: str) -> None:
    with consortium.database.writing() as session:
        told = receiving.Received("restriction", "portal", "en", "", subject_id=person)
        restriction.restrict(session, receiving.receive(session, "alder", told, "test"), [], "them")


THOUGHT_OTHERWISE: dict[str, Callable[[Consortium, str], object]] = {
    "withdrawn": lambda c, person: c.withdraw(person, "share.icc"),
    "erasure_pending": erasure_asked,
    "restricted": restriction_asked,
    "no_copy": lambda c, person: c.answer(person, "granted", "share.icc", identity="anonymised"),
    "other_bytes": lambda c, _: c.register(item("F-1", "V-1", sha256=digest_of("another file"))),
    "not_onward": lambda c, person: c.answer(person, "granted", "share.icc", onward="not_without_me"),
}


def released(consortium: Consortium, people: dict[str, str]) -> tuple[Disclosing, release.Release]:
    """A release of one person's item that may be passed on, and of one that shows nobody."""
    consortium.answer(people["V-1"], "granted", "share.icc", onward="allowed")
    desk = Disclosing(consortium)
    desk.list("F-1", "F-0")
    desk.propose()
    desk.release()
    done = desk.read(release.of_request)
    assert done is not None
    return desk, done


@pytest.mark.parametrize("packed", [False, True], ids=["before the package", "between package and handover"])
@pytest.mark.parametrize("reason", THOUGHT_OTHERWISE)
def test_what_may_not_go_any_more_is_neither_packed_nor_handed_over_and_the_rest_goes_anew(
    consortium: Consortium, people: dict[str, str], reason: str, packed: bool
) -> None:
    desk, done = released(consortium, people)
    if packed:
        desk.read(lambda s, r: packages.package(s, done))
    THOUGHT_OTHERWISE[reason](consortium, people["V-1"])
    steps: list[Callable[[Session, Any], object]] = [
        lambda s, r: packages.package(s, done),
        lambda s, r: handover.hand_over(s, done, "by courier", "officer-1"),
    ]
    for act in steps:
        with pytest.raises(standing.NotAnyMore) as refused:
            desk.do(act)
        assert [(each.name, each.reason) for each in refused.value.stopped] == [("F-1", reason)]
    assert desk.read(lambda s, r: handover.of(s, done)) == []
    desk.do(lambda s, r: handover.recall(s, done, "somebody thought otherwise", "officer-1"))
    assert desk.read(lambda s, r: received.of_person(s, people["V-1"])) == []
    for act in (*steps, lambda s, r: handover.recall(s, done, "again", "officer-1")):
        with pytest.raises(requests.WrongState):
            desk.do(act)
    desk.propose()
    names = [each["item"] for each in desk.release()["content"]["items"]]
    assert names == (["F-1", "F-0"] if reason in ("other_bytes", "not_onward") else ["F-0"])
    again = desk.read(release.of_request)
    assert again is not None
    assert again.number == f"{done.number}2"
    desk.read(lambda s, r: packages.package(s, again))
    with pytest.raises(requests.WrongState):
        desk.do(lambda s, r: handover.hand_over(s, done, "the old one", "officer-1"))
    desk.do(lambda s, r: handover.hand_over(s, again, "by courier", "officer-1"))
    assert consortium.faults() == []


def test_of_a_withdrawal_and_a_handover_at_once_the_second_knows_of_the_first(
    consortium: Consortium, people: dict[str, str]
) -> None:
    _, done = released(consortium, people)

    def hand_over() -> bool:
        started.set()
        with consortium.database.writing() as session:
            try:
                handover.hand_over(session, done, "by courier", "officer-1")
            except standing.NotAnyMore:
                return False
            return True

    started = threading.Event()
    with ThreadPoolExecutor(1) as other, consortium.database.writing() as session:
        withdrawal.withdraw(
            session, people["V-1"], ["share.icc"], statement=withdrawal.Statement(withdrawal.Channel.PORTAL, "t")
        )
        waiting = other.submit(hand_over)
        assert started.wait(5)
        time.sleep(0.2)
        session.commit()
        assert not waiting.result()


def test_of_a_recall_and_handovers_at_once_one_happens(consortium: Consortium, people: dict[str, str]) -> None:
    desk, done = released(consortium, people)
    acts: list[Callable[[Session], object]] = [
        lambda s: handover.hand_over(s, done, "by courier", "officer-1"),
        lambda s: handover.recall(s, done, "to be looked at", "officer-2"),
        lambda s: handover.hand_over(s, done, "in person", "officer-3"),
    ]

    def work(act: Callable[[Session], object]) -> bool:
        with consortium.database.writing() as session:
            session.get_one(requests.DisclosureRequest, desk.id)
            time.sleep(0.1)
            try:
                act(session)
            except requests.WrongState:
                return False
            return True

    with ThreadPoolExecutor(len(acts)) as officers:
        assert sum(officers.map(work, acts)) == 1
    assert len(desk.read(lambda s, r: handover.of(s, done))) == 1


def test_handing_over_and_the_recipients_digests_close_the_chain_of_custody(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1", "F-0")
    desk.propose()
    desk.release()
    done = desk.read(lambda s, r: release.of_request(s, r))
    assert done is not None
    manifest = desk.read(lambda s, r: packages.manifest(packages.payload(s, done.id)))
    assert manifest.splitlines()[0] == f"{digest_of('F-1')}  data/Documents/F-1"
    with pytest.raises(requests.WrongState):
        desk.do(lambda s, r: handover.confirm(s, done, manifest, "officer-1"))
    desk.do(lambda s, r: handover.hand_over(s, done, "by courier", "officer-1"))
    wrong = manifest.replace(digest_of("F-1"), digest_of("something else"))
    with pytest.raises(handover.OtherDigests) as refused:
        desk.do(lambda s, r: handover.confirm(s, done, wrong + f"{digest_of('x')}  data/x\n", "officer-1"))
    assert (refused.value.missing, refused.value.other, refused.value.extra) == (0, 1, 1)
    desk.do(lambda s, r: handover.confirm(s, done, manifest, "officer-1"))
    assert desk.read(lambda s, r: [each.step for each in handover.of(s, done)]) == ["handed_over", "confirmed"]
    desk.do(lambda s, r: requests.close(s, r, "answered"))
    assert consortium.faults() == []


def test_a_person_sees_who_received_what_unless_secrecy_holds_it_back(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1", "F-0", "F-3")
    desk.propose()
    desk.release()

    def seen(subject_id: str) -> list[tuple[str, int]]:
        with consortium.database.reading() as session:
            return [(each.recipient.key, each.items) for each in received.of_person(session, subject_id)]

    def packed() -> list[str]:
        """Whom a package of the person's data names."""
        with consortium.database.writing() as session:
            told = receiving.Received("access", "portal", "en", "all of it", subject_id=people["V-1"])
            asked = receiving.receive(session, "alder", told, "test")
            rights_packages.make(session, asked, "dpo-1")
            content = rights_packages.fetch(session, asked, "dpo-1")
            handling.answer(session, asked, "granted", None, "dpo-1")
            jsonschema.validate(content, rights_packages.schema("access"))
        return [each["recipient"] for each in content["received_by"]]

    assert (seen(people["V-1"]), seen(people["V-3"])) == ([("icc-otp", 1)], [])
    assert packed() == ["icc-otp"]
    assert desk.read(lambda s, r: figures.figures(s)).whole.released == 2
    tomorrow = clock.now().date() + timedelta(days=1)
    desk.do(lambda s, r: secrecy.record(s, r, "a ground", tomorrow, "officer-1"))
    assert (seen(people["V-1"]), packed()) == ([], [])
    assert desk.read(lambda s, r: figures.figures(s)).whole.requests == 0
    with clock.moved_to(clock.now() + timedelta(days=400)):
        assert seen(people["V-1"]) == []
        assert [each.id for each in desk.read(lambda s, r: secrecy.due(s))] == [desk.id]
    desk.do(lambda s, r: secrecy.lift(s, r, "officer-1"))
    assert seen(people["V-1"]) == [("icc-otp", 1)]


def test_after_a_withdrawal_a_notice_waits_for_each_recipient_who_holds_something(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1", "F-0")
    desk.propose()
    before = clock.now()
    desk.release()
    consortium.withdraw(people["V-3"], "share.un")
    consortium.withdraw(people["V-1"], "share.prosecutor")
    assert desk.read(lambda s, r: notices.listed(s)) == []
    consortium.withdraw(people["V-1"], "share.icc", said_at=before)
    (notice,) = desk.read(lambda s, r: notices.listed(s))
    assert (notice.recipient, notice.went_between, notice.state) == ("icc-otp", True, "drafted")
    shown = desk.read(lambda s, r: notices.content(s, notice))
    assert [name.partition(": ")[2] for name in shown.items] == ["F-1"]
    assert "54(3)(e)" in shown.text
    desk.do(lambda s, r: notices.send(s, s.get_one(notices.RecipientNotice, notice.id), "As agreed.", "officer-1"))
    with pytest.raises(notices.AlreadySent):
        desk.do(lambda s, r: notices.send(s, s.get_one(notices.RecipientNotice, notice.id), "Again.", "officer-1"))
    desk.do(lambda s, r: notices.acknowledge(s, s.get_one(notices.RecipientNotice, notice.id), "officer-1"))
    (done,) = desk.read(lambda s, r: notices.listed(s))
    assert (done.state, desk.read(lambda s, r: notices.that_went_between(s))) == ("acknowledged", [])


def test_an_order_goes_past_consent_but_needs_counsel_and_two_people(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium, "lt-prosecution", "court-order")
    desk.list("F-3", "F-unknown")
    assert desk.buckets() == {"F-3": "go", "F-unknown": "withheld"}
    with pytest.raises(release.Incomplete) as refused:
        desk.propose()
    assert refused.value.field == "counsel"
    desk.propose(counsel="Counsel of the house", opinion="Nothing more can be done against it.")
    with pytest.raises(persons.TwoPeopleNeeded):
        desk.release("officer-1")
    content = desk.release()["content"]
    assert [(each["outcome"], each["reasons"]) for each in content["items"]] == [("ordered", [])]
    assert (content["route"], content["people"]) == ("compelled", [])


def test_a_legal_hold_covers_an_item_and_what_it_was_made_from(consortium: Consortium, people: dict[str, str]) -> None:
    consortium.register(item("F-cut", sources=["F-1"]))
    desk = Disclosing(consortium)
    desk.list("F-cut", "F-0")
    ahead = clock.now().date() + timedelta(days=90)
    assert desk.do(lambda s, r: legal_holds.place(s, r, "an order", ahead, "officer-1")) == 3
    assert len(desk.read(lambda s, r: legal_holds.held_of_person(s, people["V-1"]))) == 2
    (hold,) = desk.read(lambda s, r: legal_holds.of_request(s, r))
    desk.do(lambda s, r: legal_holds.lift(s, hold.id, "officer-1"))
    assert desk.read(lambda s, r: legal_holds.held_of_person(s, people["V-1"])) == set()


def test_a_products_page_names_the_source_that_blocks_it_and_what_would_remain(
    consortium: Consortium, people: dict[str, str]
) -> None:
    consortium.register(item("A-1", sources=["F-1", "F-3"]), item("A-2", sources=["A-1", "F-0"]))
    desk = Disclosing(consortium)
    found = desk.read(lambda s, r: products.product(s, consortium.store.id, "A-2", "icc-otp"))
    assert found.decision.outcome == "deny"
    assert [(each.name, each.depth) for each in found.blocking] == [("A-1", 1), ("F-3", 2)]
    assert [each.name for each in found.remaining] == ["F-0", "F-1"]
    with pytest.raises(products.UnknownItem):
        desk.read(lambda s, r: products.product(s, consortium.store.id, "A-9", "icc-otp"))


def test_an_authority_may_ask_to_speak_only_with_those_who_allow_it(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    ahead = clock.now().date() + timedelta(days=14)
    wording = asking.Wording(QUESTION, ahead, "officer-1")
    put = desk.do(lambda s, r: contacts.ask_to_speak(s, r, list(people.values()), wording))
    assert (put.asked, put.not_to_be_asked) == (2, 1)
    with consortium.database.reading() as session:
        assert asking.to_person(session, people["V-1"]) == []
        assert len(asking.through_documenter(session, list(people.values()))) == 2
        assert contacts.burden(session, people["V-1"]) == contacts.Burden(1, 0, 0)


def test_a_supplement_takes_over_who_asks_and_stands_beside_the_first(
    consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium)
    new_id = desk.do(lambda s, r: requests.supplement(s, r, "officer-1")).id
    with consortium.database.reading() as session:
        new = requests.find(session, new_id)
        assert new is not None
        assert (new.supplement_of, new.state) == (desk.id, "open")
        assert requests.words(session, new)["necessity"] == "Nobody else has seen it"


def test_a_list_is_read_from_lines_and_from_csv(consortium: Consortium) -> None:
    stores = {"Documents": consortium.store, "Pictures": consortium.other_store}
    read = lists.read("\ufeffstore;item\nDocuments;F-1\n\nPictures;P-1\nF-2\n", consortium.store, stores)
    assert [(each.store_id == consortium.store.id, each.item) for each in read] == [
        (True, "F-1"),
        (False, "P-1"),
        (True, "F-2"),
    ]
    with pytest.raises(lists.BadLine) as refused:
        lists.read("F-1\nNo such store,F-2", consortium.store, stores)
    assert refused.value.number == 2


def test_a_released_register_is_whole(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list(*ALL)
    desk.propose()
    desk.release()
    assert consortium.faults() == []


def test_the_check_decides_as_every_other_question_is_decided(consortium: Consortium) -> None:
    chance = Random(11)
    people = [consortium.enrol(f"V-{number}") for number in range(25)]
    for subject_id in people:
        conditions = chance.choice(
            [{}, {"identity": "anonymised"}, {"except_recipients": ["icc-otp"]}, {"onward": "allowed"}]
        )
        said = chance.choice(["granted", "ask_first", "refused", "unanswered"])
        consortium.answer(subject_id, said, "share.icc", **(conditions if said in ("granted", "ask_first") else {}))
    names = [f"F-{number}" for number in range(60)]
    for place, name in enumerate(names):
        sources = chance.sample(names[:place], min(place, chance.choice([0, 0, 1, 2])))
        shown = [f"V-{number}" for number in chance.sample(range(25), chance.choice([0, 1, 1, 2]))]
        consortium.register(item(name, *shown, sources=sources))
    for subject_id in chance.sample(people, 4):
        consortium.withdraw(subject_id, "share.icc")
    desk = Disclosing(consortium)
    desk.list(*names, "F-unknown")
    desk.ask()
    for question in desk.read(asking.of_request):
        desk.answer(question.subject_id, chance.choice(["granted", "refused"]))
    found = {each.line.name: each.decision for each in desk.sort().shown}
    assert found == {name: consortium.decide(name, request=desk.id) for name in [*names, "F-unknown"]}


def test_a_stores_names_cannot_lead_out_of_the_bag(consortium: Consortium, people: dict[str, str]) -> None:
    names = ("..", "a/../../b", "100%", "two\nlines", "sp ace")
    consortium.register(*(item(name, no_data_subject=True) for name in names))
    desk = Disclosing(consortium)
    desk.list(*names)
    desk.propose()
    desk.release()
    done = desk.read(lambda s, r: release.of_request(s, r))
    assert done is not None
    paths = desk.read(lambda s, r: [each.path for each in packages.payload(s, done.id)])
    assert len(set(paths)) == len(names)
    assert all(path.count("/") == 2 and path.rpartition("/")[2] not in (".", "..") for path in paths)
    manifest = desk.read(lambda s, r: packages.manifest(packages.payload(s, done.id)))
    assert len(manifest.splitlines()) == len(names)
    desk.do(lambda s, r: handover.hand_over(s, done, "in person", "officer-1"))
    desk.do(lambda s, r: handover.confirm(s, done, manifest, "officer-1"))


def test_the_database_itself_keeps_what_was_released(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    desk.propose()
    desk.release()
    for table in ("releases", "released_items", "released_people", "certificates"):
        with pytest.raises(DBAPIError), consortium.database.writing() as session:
            session.execute(text(f"DELETE FROM {table}"))


def test_an_erasure_keeps_what_a_court_has_had_held(consortium: Consortium, people: dict[str, str]) -> None:
    desk = Disclosing(consortium)
    desk.list("F-1")
    with consortium.database.writing() as session:
        received_now = receiving.Received("erasure", "portal", "en", "all of it", subject_id=people["V-1"])
        asked = receiving.receive(session, "alder", received_now, "test")
        erasure.begin(session, asked, "dpo-1")
    with clock.moved_to(clock.now() + timedelta(days=15)):
        with consortium.database.writing() as session:
            asked = session.get_one(rights_requests.RightsRequest, asked.id)
            erasure.propose(session, asked, {"F-12": "Art. 17(3)(d)"}, "dpo-1")
            assert erasure.kept(session, asked) == {"F-12": "Art. 17(3)(d)"}
        ahead = clock.now().date() + timedelta(days=90)
        desk.do(lambda s, r: legal_holds.place(s, r, "an order", ahead, "officer-1"))
        with consortium.database.writing() as session:
            asked = session.get_one(rights_requests.RightsRequest, asked.id)
            erasure.confirm(session, asked, "dpo-2")
            assert erasure.kept(session, asked) == {"F-1": "Art. 17(3)(e)", "F-12": "Art. 17(3)(d)"}
