"""What runs by the clock: once however many run it, and no harm when it runs twice, late or is killed."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from consent.ledger import ledger
from consent.ledger.events import EventRow, Kind
from consent.saying import expiry
from portal.access import accounts, invitations, sessions, throttle
from portal.jobs import leases, schedule, tasks
from portal.jobs.tasks import TASKS, Task
from portal.settings import Settings
from tests.consortium import Consortium, codes
from vault import clock
from vault.database import Database

EXPIRE, REMIND, END_INVITATIONS, END_RENEWALS, SEAL_AUDIT, SWEEP = TASKS[:6]


def take(database: Database, holder: str, seconds: int = 60) -> bool:
    with database.writing() as session:
        return leases.take(session, "job", holder, clock.now() + timedelta(seconds=seconds))


def events_of(database: Database, subject_id: str) -> list[Kind]:
    with database.reading() as session:
        return [event.kind for event in ledger.history(session, [subject_id])[0]]


def test_a_lease_has_one_holder(database: Database) -> None:
    assert take(database, "one")
    assert not take(database, "two")
    assert take(database, "one")


def test_the_lease_of_a_killed_holder_lapses(database: Database) -> None:
    now = clock.now()
    assert take(database, "one", seconds=60)
    with clock.moved_to(now + timedelta(seconds=61)):
        assert take(database, "two")
        assert not take(database, "one")


def test_a_lease_taken_in_a_transaction_that_fails_was_never_taken(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:  # noqa: PT012 - what fails comes after the lease
        leases.take(session, "job", "one", clock.now() + timedelta(hours=1))
        raise ZeroDivisionError
    assert take(database, "two")


def test_of_many_that_run_at_once_one_works(consortium: Consortium) -> None:
    at_work: list[str] = []

    def step(_session: Session) -> int:
        at_work.append(threading.current_thread().name)
        time.sleep(0.05)
        return 0

    task = Task("slow", timedelta(minutes=1), step)
    threads = [
        threading.Thread(target=tasks.run, args=(consortium.database, task, f"holder {number}")) for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(at_work) == 1


def test_a_step_that_dies_half_way_leaves_nothing_and_the_next_holder_goes_on(consortium: Consortium) -> None:
    anna = expiring(consortium)

    def dies(session: Session) -> int:
        expiry.expire(session)
        raise KeyboardInterrupt

    with clock.moved_to(clock.now() + timedelta(days=3)):
        with pytest.raises(KeyboardInterrupt):
            tasks.run(consortium.database, Task("expire", timedelta(minutes=1), dies), "killed")
        assert Kind.EXPIRED not in events_of(consortium.database, anna)
        assert tasks.run(consortium.database, EXPIRE, "next") == 1
    assert consortium.faults() == []


def expiring(consortium: Consortium) -> str:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.answer(anna, "granted", "share.icc", valid_until=(clock.now() + timedelta(days=1)).date().isoformat())
    return anna


def test_what_has_ended_is_recorded_once_and_from_when_it_ended(consortium: Consortium) -> None:
    anna = expiring(consortium)
    late = clock.now() + timedelta(days=5)
    with clock.moved_to(late):
        assert codes(consortium.decide("F-1")) == ["expired"]
        assert tasks.run(consortium.database, EXPIRE, "one") == 1
        assert tasks.run(consortium.database, EXPIRE, "one") == 0
        assert codes(consortium.decide("F-1")) == ["expired"]
        with consortium.database.reading() as session:
            ended = ledger.history(session, [anna])[0][-1]
    assert ended.kind is Kind.EXPIRED
    assert ended.effective_at < late - timedelta(days=2)
    assert events_of(consortium.database, anna).count(Kind.EXPIRED) == 1
    assert consortium.faults() == []


def test_expiring_goes_on_until_nothing_is_left(consortium: Consortium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_AT_A_TIME", 2)
    anna = consortium.enrol("V-1")
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    consortium.answer(
        anna,
        "granted",
        "share.icc",
        "share.un",
        "share.osce",
        "share.lawyer",
        "publish.anonymous",
        valid_until=tomorrow,
    )
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert tasks.run(consortium.database, EXPIRE, "one") == 5


def test_a_review_that_is_due_is_noted_once(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", review_on=(clock.now() + timedelta(days=2)).date().isoformat())
    assert tasks.run(consortium.database, REMIND, "one") == 0
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert tasks.run(consortium.database, REMIND, "one") == 1
        assert tasks.run(consortium.database, REMIND, "one") == 0
        with consortium.database.reading() as session:
            assert [reminder.subject_id for reminder in expiry.reminders(session)] == [anna]


def test_invitations_and_sign_ins_whose_time_is_over_are_ended(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        invitations.issue(session, anna, "alder", "documenter")
        account = accounts.create(session, accounts.Role.DPO, "alder", "dpo@example.org", "six words", language="en")
        sessions.begin(session, account)
        throttle.note_failure(session, "somebody", "network")
    for task in (END_INVITATIONS, SWEEP):
        assert tasks.run(consortium.database, task, "one") == 0
    with consortium.database.reading() as session:
        assert (count(session, sessions.SignedInSession.digest), throttle.failures(session)) == (1, 1)
    with clock.moved_to(clock.now() + timedelta(days=15)):
        assert tasks.run(consortium.database, END_INVITATIONS, "one") == 1
        assert tasks.run(consortium.database, END_INVITATIONS, "one") == 0
        tasks.run(consortium.database, SWEEP, "one")
    with consortium.database.reading() as session:
        assert count(session, sessions.SignedInSession.digest) == count(session, throttle.FailedSignIn.digest) == 0
        ended = invitations.latest(session, anna)
    assert ended is not None
    assert ended.ended_at is not None


def count(session: Session, column: object) -> int:
    return session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]


def test_nothing_due_writes_no_revision(consortium: Consortium) -> None:
    def revision() -> int:
        with consortium.database.reading() as session:
            return session.scalar(select(func.max(EventRow.revision))) or 0

    before = revision()
    for task in TASKS:
        tasks.run(consortium.database, task, "one")
    assert revision() == before


def until(held: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not held():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_schedule_makes_up_at_once_for_what_was_missed(consortium: Consortium) -> None:
    yesterday = (clock.now() - timedelta(days=1)).date().isoformat()
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=9), valid_until=yesterday)
    scheduler = schedule.start(consortium.database)
    try:
        until(lambda: Kind.EXPIRED in events_of(consortium.database, anna))
    finally:
        scheduler.shutdown()


def test_an_outage_is_told_without_its_values_and_does_not_end_the_schedule(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_session: Session) -> int:
        raise OperationalError("INSERT", {"sealed": "somebody"}, Exception("somebody"))

    schedule._attempt(database, Task("failing", timedelta(minutes=1), fails), "one")
    assert "task failing did not run: OperationalError" in caplog.text
    assert "somebody" not in caplog.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_scheduler_stops_when_told_and_works_until_killed(
    consortium: Consortium, settings: Settings, number: signal.Signals
) -> None:
    yesterday = (clock.now() - timedelta(days=1)).date().isoformat()
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=9), valid_until=yesterday)
    process = subprocess.Popen(
        [sys.executable, "-c", "from portal.cli import main; main()", "scheduler"],
        cwd=Path(__file__).parents[2],
        env={"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url},
    )
    try:
        until(lambda: Kind.EXPIRED in events_of(consortium.database, anna))
        process.send_signal(number)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
