"""The portal's decision and a caught-up replica's never differ."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from consent.ledger import bases, ledger
from consent.ledger.events import Draft, Kind
from consent.rules import Reason
from tests.consortium import Consortium
from tests.following import Following
from vault import clock

SCOPES = {
    "share.icc": ("icc-otp",),
    "share.prosecutor": ("lt-prosecution", "pl-prosecution"),
    "share.un": ("un-experts",),
}
ANSWERS = ("granted", "granted", "ask_first", "refused")
RECIPIENTS = [recipient for recipients in SCOPES.values() for recipient in recipients]
KINDS = ("photo", "medical", "video", "medical_scan")
RESTRICTING = (
    Kind.RESTRICTED,
    Kind.RESTRICTION_LIFTED,
    Kind.OBJECTED,
    Kind.OBJECTION_SETTLED,
    Kind.ERASURE_REQUESTED,
    Kind.ERASURE_CANCELLED,
    Kind.HELD,
    Kind.HOLD_LIFTED,
)
PEOPLE, ITEMS, STEPS = 5, 9, 60


@pytest.fixture
def following(api: Flask, consortium: Consortium, tmp_path: Path) -> Iterator[Following]:
    made = Following(api, consortium, tmp_path)
    yield made
    made.replica.close()


@pytest.mark.parametrize("seed", range(6))
def test_a_caught_up_replica_decides_as_the_portal_does(
    consortium: Consortium, following: Following, seed: int
) -> None:
    random = Random(seed)
    people = [consortium.enrol(f"V-{number}") for number in range(PEOPLE)]
    enter_basis(consortium)
    for step in range(STEPS):
        change(consortium, random, people)
        if step % 6 == 0:
            following.follower.catch_up()
            compare(consortium, following)
    following.follower.catch_up()
    compare(consortium, following)
    with clock.moved_to(clock.now() + timedelta(days=3)):
        following.follower.catch_up()
        compare(consortium, following)


def change(consortium: Consortium, random: Random, people: list[str]) -> None:
    person, scope = random.choice(people), random.choice(list(SCOPES))
    what = random.randrange(10)
    if what < 3:
        consortium.answer(person, random.choice(ANSWERS), scope, **conditions(random))
    elif what == 3:
        consortium.withdraw(person, scope)
    elif what == 4:
        with consortium.database.writing() as session:
            ledger.append(session, [Draft(random.choice(RESTRICTING), subject_id=person, body={})])
    else:
        consortium.register(registration(random))


def conditions(random: Random) -> dict[str, object]:
    offered: dict[str, object] = {
        "identity": random.choice(("named", "pseudonymised", "anonymised")),
        "only_recipients": [random.choice(RECIPIENTS)],
        "except_recipients": [random.choice(RECIPIENTS)],
        "except_kinds": [random.choice(KINDS)],
        "valid_until": (datetime.now(UTC).date() + timedelta(days=random.choice((1, 2, 30)))).isoformat(),
    }
    return {name: offered[name] for name in random.sample(list(offered), random.randrange(3))}


def registration(random: Random) -> dict[str, object]:
    number = random.randrange(ITEMS)
    people: list[object] = [f"V-{chosen}" for chosen in random.sample(range(PEOPLE), random.randrange(3))]
    if random.random() < 0.3:
        people.append({"person": f"face-{random.randrange(2)}", "role": "depicted", "basis": "osint-2021"})
    sources = [f"F-{source}" for source in random.sample(range(number), min(number, random.randrange(3)))]
    declared = not people and not sources and random.random() < 0.4
    return {
        "item": f"F-{number}",
        "kind": random.choice(KINDS),
        "subjects": people,
        "sources": sources,
        "no_data_subject": declared,
    }


def compare(consortium: Consortium, following: Following) -> None:
    for number in range(ITEMS + 1):
        for scope, recipients in SCOPES.items():
            for recipient in recipients:
                ours = consortium.decide(f"F-{number}", scope, recipient)
                theirs = following.replica.may(f"F-{number}", scope, recipient)
                place = (f"F-{number}", scope, recipient)
                assert (theirs.outcome, theirs.identity) == (ours.outcome, ours.identity), place
                assert codes(theirs.reasons) == codes(ours.reasons), place


def codes(reasons: Iterable[Reason]) -> list[str]:
    """The sorted codes, with only the first that is about the item itself: the feed tells no more."""
    of_item = [reason.code for reason in reasons if reason.subject is None][:1]
    return sorted(of_item + [reason.code for reason in reasons if reason.subject is not None])


def enter_basis(consortium: Consortium) -> None:
    with consortium.database.writing() as session:
        bases.enter(
            session,
            "osint-2021",
            organisation="alder",
            articles=["6(1)(f)", "9(2)(e)"],
            national_law="none",
            assessment="Published by the people themselves.",
            scopes=["share.icc", "share.un"],
            review_on=date(2030, 1, 1),
            entered_by="first",
            confirmed_by="second",
        )
