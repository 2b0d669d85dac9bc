"""Releases raced against withdrawals: whatever was withdrawn first never leaves (`make race` for a thousand)."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

from consent.disclosure import certificates, release
from consent.disclosure.release import NothingToRelease
from consent.disclosure.requests import DisclosureRequest
from consent.saying.withdrawal import Channel, Statement, withdraw
from tests.consortium import Consortium
from tests.disclosing import Disclosing, item

RACES = int(os.environ.get("RACE_RELEASES", "40"))


def test_no_released_item_was_withdrawn_first(consortium: Consortium) -> None:
    database, chance = consortium.database, Random(7)
    people = [consortium.enrol(f"V-{number}") for number in range(RACES)]
    for subject_id in people:
        consortium.answer(subject_id, "granted", "share.icc")
    consortium.register(*(item(f"F-{number}", f"V-{number}") for number in range(RACES)))
    consortium.register(item("F-nobody", no_data_subject=True))
    order: list[str] = []
    with ThreadPoolExecutor(2) as runners:
        for number, subject_id in enumerate(people):
            desk = Disclosing(consortium)
            desk.list(f"F-{number}", "F-nobody")
            desk.propose()
            start = threading.Barrier(2)
            waits = (chance.uniform(0, 0.01), chance.uniform(0, 0.01))

            def stop(subject_id: str = subject_id, start: threading.Barrier = start, wait: float = waits[0]) -> int:
                start.wait()
                time.sleep(wait)
                with database.writing() as session:
                    return withdraw(
                        session, subject_id, ["share.icc"], statement=Statement(Channel.PORTAL, "t")
                    ).revision

            def let_go(
                request_id: str = desk.id, start: threading.Barrier = start, wait: float = waits[1]
            ) -> tuple[int, list[str]]:
                start.wait()
                time.sleep(wait)
                with database.writing() as session:
                    asked = session.get_one(DisclosureRequest, request_id)
                    done = release.release(session, asked, "officer-2")
                    certificate = certificates.issue(session, asked, done)
                return done.release.revision, [each["item"] for each in certificate["content"]["items"]]

            stopped, (released_at, items) = runners.submit(stop), runners.submit(let_go).result()
            withdrawn_at = stopped.result()
            order.append("withdrawn first" if withdrawn_at < released_at else "released first")
            assert (f"F-{number}" in items) == (released_at < withdrawn_at)
    assert len(order) == RACES
    # A race that always ends alike shows nothing.
    assert set(order) == {"withdrawn first", "released first"}
    assert consortium.faults() == []


def test_a_release_waits_for_a_withdrawal_under_way_and_then_sees_it(consortium: Consortium) -> None:
    subject_id = consortium.enrol("V-1")
    consortium.answer(subject_id, "granted", "share.icc")
    consortium.register(item("F-1", "V-1"))
    desk = Disclosing(consortium)
    desk.list("F-1")
    desk.propose()
    with ThreadPoolExecutor(1) as runner:
        with consortium.database.writing() as session:
            withdraw(session, subject_id, ["share.icc"], statement=Statement(Channel.PORTAL, "t"))
            released = runner.submit(desk.release)
            time.sleep(0.3)
            assert not released.done()
        try:
            released.result()
        except NothingToRelease:
            return
    raise AssertionError("something was released after its withdrawal")
