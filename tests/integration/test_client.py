"""A following replica: what it answers, how old it may grow, and that it believes no lie."""

import base64
import copy
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from consent.catalogue import recipients
from consent.client import (
    Distrusted,
    Follower,
    NotAsAgreed,
    Refused,
    Replica,
    UnknownRecipient,
    UnknownScope,
    WrongClass,
)
from consent.client.pages import Page, believe
from consent.ledger import ledger, stores
from consent.ledger.events import Draft, Kind
from consent.people import persons, subjects
from consent.proofs import PageStatement, checkpoint_text, commit, digest, link
from portal.stores import waking
from tests.consortium import Consortium
from tests.following import Following, PortalInProcess
from vault import clock, signing
from vault.notes import Signer


@pytest.fixture
def following(api: Flask, consortium: Consortium, tmp_path: Path) -> Iterator[Following]:
    """A replica that has caught up with a small world."""
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "share.un", identity="pseudonymised")
    consortium.register({"item": "F-1", "subjects": ["V-1"]}, {"item": "F-2"})
    made = Following(api, consortium, tmp_path)
    made.follower.catch_up()
    yield made
    made.replica.close()


def anna(consortium: Consortium) -> str:
    with consortium.database.reading() as session:
        return subjects.by_reference(session, "alder", ["V-1"])["V-1"]


def withdraw_everything(consortium: Consortium) -> None:
    consortium.withdraw(anna(consortium), "share.icc", "share.un")


def grow(consortium: Consortium, count: int = 1) -> None:
    with consortium.database.writing() as session:
        ledger.append(session, [Draft(Kind.REGISTERED, body={"number": number}) for number in range(count)])


def test_it_answers_as_the_portal_does_with_obligations_and_its_age(following: Following) -> None:
    decided = following.replica.may("F-1", "share.icc", "icc-otp")
    assert (decided.outcome, decided.identity) == ("permit", "pseudonymised")
    assert decided.age is not None
    assert decided.age < timedelta(seconds=30)
    assert decided.revision == following.replica.status.position.cursor
    assert following.may("F-2") == ("deny", ["subjects_not_established"])
    assert following.may("F-9") == ("deny", ["unknown_item"])


@pytest.mark.parametrize(
    ("scope", "recipient", "error"),
    [
        ("share.everyone", "icc-otp", UnknownScope),
        ("mhpss.case", "alder", UnknownScope),
        ("share.icc", "nobody", UnknownRecipient),
        ("share.icc", "un-experts", WrongClass),
    ],
)
def test_a_question_that_makes_no_sense_is_an_error_and_not_a_deny(
    following: Following, scope: str, recipient: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        following.replica.may("F-1", scope, recipient)


def test_it_denies_before_it_knows_anything_and_when_it_knows_nothing_new(
    api: Flask, consortium: Consortium, following: Following, tmp_path: Path
) -> None:
    fresh = Following(api, consortium, tmp_path, consortium.other_store)
    assert fresh.may("F-1") == ("deny", ["stale"])
    for passed, expected in ((299, "granted"), (301, "stale")):
        with clock.moved_to(clock.now() + timedelta(seconds=passed)):
            assert following.may("F-1")[1] == [expected]
    with clock.moved_to(clock.now() - timedelta(hours=1)):
        assert following.may("F-1") == ("deny", ["stale"])


def test_it_denies_while_it_knows_that_there_is_more(
    consortium: Consortium, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.client.following._PAGE", 1)
    withdraw_everything(consortium)
    assert following.follower.step()
    assert following.may("F-1") == ("deny", ["behind"])
    assert not following.follower.step()
    assert following.may("F-1") == ("deny", ["withdrawn"])


def test_a_store_that_was_away_for_a_week_finds_no_item_at_its_old_status(
    consortium: Consortium, following: Following
) -> None:
    before = clock.now()
    with clock.moved_to(before + timedelta(days=3)):
        withdraw_everything(consortium)
    with clock.moved_to(before + timedelta(days=7)):
        assert following.may("F-1") == ("deny", ["stale"])
        following.follower.catch_up()
        assert following.may("F-1") == ("deny", ["withdrawn"])


def test_it_acknowledges_what_it_has_applied(consortium: Consortium, following: Following) -> None:
    withdraw_everything(consortium)
    following.follower.catch_up()
    with consortium.database.reading() as session:
        store = session.get_one(stores.Store, following.store.id)
        assert stores.acknowledged(session, store.id) == store.cursor


def test_two_followers_of_one_file_take_in_each_change_once(consortium: Consortium, following: Following) -> None:
    withdraw_everything(consortium)
    second = Follower(following.portal, following.opened())
    before = following.replica.status.position
    second.catch_up()
    assert not following.replica.apply(Page([], before), before, clock.now(), None)
    assert following.replica.status.position.cursor > before.cursor


def test_an_erased_person_replays_as_tombstones_and_stays_denied(
    api: Flask, consortium: Consortium, following: Following, tmp_path: Path
) -> None:
    person = anna(consortium)
    with consortium.database.writing() as session:
        persons.erase(session, person, author="test")
    with consortium.database.writing() as session:
        persons.forget_key(session, person)
    following.follower.catch_up()
    assert following.may("F-1") == ("deny", ["erased"])
    (tmp_path / "anew").mkdir()
    anew = Following(api, consortium, tmp_path / "anew")
    anew.follower.catch_up()
    assert anew.may("F-1") == ("deny", ["erased"])


def test_new_recipients_are_known_as_soon_as_the_feed_tells_of_them(
    consortium: Consortium, following: Following
) -> None:
    with pytest.raises(UnknownRecipient):
        following.may("F-1", recipient="icc-new")
    with consortium.database.writing() as session:
        recipients.enter(session, "icc-new", "icc", {"en": "New", "be": "New", "ru": "New"})
    following.follower.catch_up()
    assert following.may("F-1", recipient="icc-new") == ("permit", ["granted"])


def test_a_new_key_is_learned_and_the_old_one_still_believed(consortium: Consortium, following: Following) -> None:
    with consortium.database.writing() as session:
        signing.rotate(session)
    withdraw_everything(consortium)
    following.follower.catch_up()
    assert following.may("F-1") == ("deny", ["withdrawn"])


def test_a_file_is_for_one_store_and_one_key(following: Following) -> None:
    with pytest.raises(NotAsAgreed):
        Replica(following.path, "Pictures", str(following.signer.verifier))
    with pytest.raises(NotAsAgreed):
        Replica(following.path, following.store.name, str(Signer(following.signer.name, bytes(32)).verifier))


def test_what_cannot_be_read_is_not_permitted(following: Following) -> None:
    following.replica.close()
    with following.path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(8192))
    assert following.may("F-1") == ("deny", ["unreadable"])


# The nine ways in which a portal can lie. Each gets what the portal truly answers and gives what it says instead.


def resigned(following: Following, answer: Any, signer: Signer | None = None, **changed: Any) -> Any:
    """The same page with another statement, signed as the portal signs."""
    signer = signer or following.signer
    said = PageStatement.read(following.signer.verifier.open(answer["checkpoint"]["page"]))
    text = PageStatement(**{name: changed.get(name, getattr(said, name)) for name in PageStatement.__slots__}).text()
    answer["checkpoint"]["page"] = signer.sign(text)
    size, root = changed.get("size", said.size), changed.get("root", said.root)
    answer["checkpoint"] |= {"size": size, "root": base64.b64encode(root).decode()}
    answer["checkpoint"]["note"] = signer.sign(checkpoint_text(signer.name, size, root))
    return answer


def forged_page(following: Following, answer: Any) -> Any:
    return resigned(following, answer, Signer(following.signer.name, bytes(32)))


def altered_change(_following: Following, answer: Any) -> Any:
    answer["changes"][0]["code"] = "granted"
    return answer


def rewritten_change(following: Following, answer: Any) -> Any:
    answer["changes"][0]["code"] = "refused"
    chain = following.replica.status.position.chain
    for change, row in zip(answer["changes"], answer["checkpoint"]["rows"], strict=True):
        content = {name: value for name, value in change.items() if name != "cursor"}
        chain = link(chain, change["cursor"], commit(base64.b64decode(row["salt"]), content))
    return resigned(following, answer, changes=digest(answer["changes"]), chain=chain)


def forked_log(following: Following, answer: Any) -> Any:
    return resigned(following, answer, root=bytes(32))


def rewound_log(following: Following, answer: Any) -> Any:
    return resigned(following, answer, size=1, root=bytes(32))


def shortened_feed(following: Following, answer: Any) -> Any:
    return resigned(following, answer, head=1)


def gap(following: Following, answer: Any) -> Any:
    del answer["changes"][0], answer["checkpoint"]["rows"][0]
    return resigned(following, answer, changes=digest(answer["changes"]))


def gap_at_the_end(following: Following, answer: Any) -> Any:
    answer["changes"].pop()
    answer["checkpoint"]["rows"].pop()
    return resigned(following, answer, changes=digest(answer["changes"]))


def silent_end(following: Following, answer: Any) -> Any:
    here = following.replica.status.position
    answer.update(changes=[], next=here.cursor, more=True)
    answer["checkpoint"]["rows"] = []
    return resigned(following, answer, changes=digest([]), next=here.cursor, chain=here.chain)


def of_last_year(following: Following, answer: Any) -> Any:
    return resigned(following, answer, issued=clock.now() - timedelta(hours=1))


def of_tomorrow(following: Following, answer: Any) -> Any:
    return resigned(following, answer, issued=clock.now() + timedelta(days=1))


def of_another_store(following: Following, answer: Any) -> Any:
    return resigned(following, answer, store="Pictures")


def of_another_portal(following: Following, answer: Any) -> Any:
    return resigned(following, answer, origin="zhoda-other")


def unsigned(_following: Following, answer: Any) -> Any:
    answer["checkpoint"] = None
    return answer


LIES = {
    forged_page: "forged",
    altered_change: "forged",
    unsigned: "forged",
    forked_log: "forked",
    rewound_log: "rewound",
    shortened_feed: "rewound",
    of_last_year: "frozen",
    of_tomorrow: "frozen",
    gap: "gap",
    gap_at_the_end: "gap",
    silent_end: "gap",
    of_another_store: "other_store",
    of_another_portal: "other_portal",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lie_is_refused_and_nothing_is_permitted_from_then_on(
    consortium: Consortium, following: Following, lie: Any
) -> None:
    withdraw_everything(consortium)
    following.portal.twist = lambda path, answer: (
        lie(following, copy.deepcopy(answer)) if path.startswith("/changes?") else answer
    )
    refused_from_then_on(following, LIES[lie])


def refused_from_then_on(following: Following, code: str) -> None:
    """Refuses this time, is not won back by the truth, and stays so in another process."""
    with pytest.raises(Distrusted) as refused:
        following.follower.catch_up()
    assert refused.value.code == code
    following.portal.twist = lambda _path, answer: answer
    with pytest.raises(Distrusted):
        following.follower.catch_up()
    assert following.may("F-1") == ("deny", ["distrusted"])
    again = following.opened()
    assert [reason.code for reason in again.may("F-1", "share.icc", "icc-otp").reasons] == ["distrusted"]
    assert again.status.distrust is not None
    assert again.status.distrust[0] == code
    again.forget()
    following.follower.catch_up()
    assert following.may("F-1")[1] != ["distrusted"]


def test_a_change_rewritten_with_its_chain_is_noticed_by_the_next_page(
    consortium: Consortium, following: Following
) -> None:
    withdraw_everything(consortium)
    following.portal.twist = lambda path, answer: (
        rewritten_change(following, answer) if path.startswith("/changes?") else answer
    )
    following.follower.step()
    following.portal.twist = lambda _path, answer: answer
    grow(consortium)
    consortium.answer(anna(consortium), "granted", "share.icc")
    refused_from_then_on(following, "forged")


def test_a_frozen_feed_is_noticed(consortium: Consortium, following: Following) -> None:
    kept = following.portal.get("/changes", after=following.replica.status.position.cursor)
    following.follower.step()
    withdraw_everything(consortium)
    following.portal.twist = lambda path, answer: kept if path.startswith("/changes?") else answer
    refused_from_then_on(following, "frozen")


def test_a_repeated_page_is_noticed(consortium: Consortium, following: Following) -> None:
    first = following.portal.get("/changes", after=0)
    following.portal.twist = lambda path, answer: (
        resigned(following, copy.deepcopy(first), issued=clock.now()) if path.startswith("/changes?") else answer
    )
    refused_from_then_on(following, "repeated")


def test_another_stores_true_page_is_noticed(api: Flask, consortium: Consortium, following: Following) -> None:
    withdraw_everything(consortium)
    with consortium.database.writing() as session:
        token = stores.issue_token(session, consortium.other_store)
    theirs = PortalInProcess(api, token)
    following.portal.twist = lambda path, answer: (
        theirs.get("/changes", after=0) if path.startswith("/changes?") else answer
    )
    refused_from_then_on(following, "other_store")


def test_a_key_past_its_end_is_not_believed(api: Flask, consortium: Consortium, following: Following) -> None:
    with clock.moved_to(clock.now() + timedelta(days=366)):
        with consortium.database.writing() as session:
            token = stores.issue_token(session, following.store)
        with pytest.raises(Distrusted) as refused:
            Follower(PortalInProcess(api, token), following.replica).catch_up()
        assert refused.value.code == "expired_key"
        assert following.may("F-1") == ("deny", ["distrusted"])


def test_a_log_that_was_rewritten_where_it_was_believed_is_noticed(
    consortium: Consortium, following: Following
) -> None:
    grow(consortium, 3)
    following.follower.catch_up()
    grow(consortium, 3)

    def rewritten(path: str, answer: Any) -> Any:
        if path.startswith("/log/proof"):
            answer["path"] = [base64.b64encode(bytes(32)).decode() for _ in answer["path"]]
        return answer

    following.portal.twist = rewritten
    refused_from_then_on(following, "forked")


def test_a_portal_that_forgot_its_feed_is_noticed(following: Following) -> None:
    def forgot(path: str, answer: Any) -> Any:
        if path.startswith("/changes?"):
            raise Refused(422, "beyond-the-end", "The feed of this store stands at 1.")
        return answer

    following.portal.twist = forgot
    refused_from_then_on(following, "rewound")


def test_an_altered_catalogue_is_not_believed(consortium: Consortium, following: Following) -> None:
    with consortium.database.writing() as session:
        recipients.enter(session, "icc-new", "icc", {"en": "New", "be": "New", "ru": "New"})

    def altered(path: str, answer: Any) -> Any:
        if path == "/catalogue":
            answer["recipients"][0]["class"] = "icc"
        return answer

    following.portal.twist = altered
    refused_from_then_on(following, "forged")


def test_an_unreachable_portal_is_no_liar(following: Following) -> None:
    def broken(path: str, answer: Any) -> Any:
        raise Refused(401, "unauthorised", "Send a token.")

    following.portal.twist = broken
    with pytest.raises(Refused):
        following.follower.step()
    assert following.may("F-1") == ("permit", ["granted"])


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a JSON document."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, key))
    else:
        yield place


def test_whatever_is_changed_in_a_page_is_refused(consortium: Consortium, following: Following) -> None:
    withdraw_everything(consortium)
    before = following.replica.status.position
    page = following.portal.get("/changes", after=before.cursor)
    for place in leaves(page):
        spoilt = copy.deepcopy(page)
        inner = spoilt
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = "other" if inner[place[-1]] != "other" else None
        now = clock.now()
        with pytest.raises(Distrusted):
            believe(spoilt, following.replica.source(), before, now, now, lambda _first, _second: [])


def test_a_follower_for_whom_no_seat_is_left_asks_without_waiting(
    api: Flask, consortium: Consortium, following: Following
) -> None:
    stopped = threading.Event()
    with ExitStack() as seats:
        for _ in range(waking.MOST_OF_A_STORE):
            seats.enter_context(api.extensions["watch"].seats.taken_by(following.store.id))
        runs = threading.Thread(target=following.follower.run, args=(stopped,))
        runs.start()
        try:
            for number in range(2):
                consortium.register({"item": f"new-{number}"})
                with consortium.database.reading() as session:
                    head = session.get_one(stores.Store, following.store.id).cursor
                until = time.monotonic() + 20
                while following.replica.status.position.cursor < head:
                    assert time.monotonic() < until
                    time.sleep(0.1)
        finally:
            stopped.set()
            runs.join()
