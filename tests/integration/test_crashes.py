"""Killed at any point, a following replica or a web worker leaves nothing lost and nothing doubled (`make crash`)."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from consent.client import Follower, Portal, Refused, Replica, Unreachable
from consent.ledger import items, stores
from portal.access import accounts, notices
from portal.access.accounts import Role
from portal.outbox import messages
from portal.outbox.carriers import MailServer
from portal.outbox.messages import Channel, MessageState
from portal.outbox.sending import Post
from portal.settings import Settings
from tests.consortium import Consortium
from tests.integration.test_no_stale_permit import ROOT, Server, everybody_agrees, four_workers, server
from tests.mail_server import Mood, ServerOfMoods
from vault import clock, signing

__all__ = ["four_workers", "server"]

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "6"))
WORKER_ROUNDS = max(ROUNDS // 4, 3)
# Small pages, so that there are many points between one and the next at which it can be killed.
FOLLOW = """
import sys, threading
from pathlib import Path
from consent.client import Follower, Portal, Replica, following
following._PAGE = 7
address, token, path, store, key = sys.argv[1:]
print("following", flush=True)
Follower(Portal(address, token), Replica(Path(path), store, key)).run(threading.Event())
"""


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_killed_client_resumes_without_loss_or_double_effect(
    consortium: Consortium, four_workers: int, tmp_path: Path
) -> None:
    random = Random(9)
    people, token = everybody_agrees(consortium.database, consortium)
    with consortium.database.reading() as session:
        key = str(signing.signer(session).verifier)
    address, path = f"http://127.0.0.1:{four_workers}", tmp_path / "replica.db"
    arguments = [sys.executable, "-c", FOLLOW, address, token, str(path), consortium.store.name, key]
    for _round in range(ROUNDS):
        follower = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert follower.stdout is not None
        assert follower.stdout.readline() == "following\n"
        for person in random.sample(people, 2):
            consortium.withdraw(person, "share.icc")
            consortium.answer(person, "granted", "share.un")
        time.sleep(random.uniform(0, 0.3))
        follower.send_signal(signal.SIGKILL)
        follower.wait(timeout=20)
        follower.stdout.close()
    resumed, fresh = (Replica(tmp_path / name, consortium.store.name, key) for name in ("replica.db", "fresh.db"))
    with Portal(address, token) as portal:
        for replica in (resumed, fresh):
            Follower(portal, replica).catch_up()
            assert replica.status.distrust is None
    assert content(path) == content(tmp_path / "fresh.db")
    with consortium.database.reading() as session:
        store = session.get_one(stores.Store, consortium.store.id)
        assert resumed.status.position.cursor == stores.acknowledged(session, store.id) == store.cursor
    assert consortium.faults() == []


def content(path: Path) -> list[list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    tables = ("items", "people", "answers", "state")
    columns = {"state": "store, cursor, chain, head, catalogue, distrust"}
    rows = [connection.execute(f"SELECT {columns.get(table, '*')} FROM {table}").fetchall() for table in tables]
    connection.close()
    return rows


def test_a_killed_web_worker_loses_nothing_that_it_has_answered(consortium: Consortium, server: Server) -> None:
    random = Random(10)
    _, token = everybody_agrees(consortium.database, consortium)
    tried: list[str] = []
    answered: list[str] = []
    finished = threading.Event()
    writers = [
        threading.Thread(target=register_until, args=(finished, server.port, token, number, tried, answered))
        for number in range(3)
    ]
    for writer in writers:
        writer.start()
    for _round in range(WORKER_ROUNDS):
        # So much is answered between two deaths, however slow the machine is; where it is not, the portal has stopped.
        enough = len(answered) + random.randint(2, 12)
        while len(answered) < enough and len(tried) - len(answered) < 30 * WORKER_ROUNDS:
            time.sleep(random.uniform(0, 0.02))
        workers = children_of(server.pid)
        if workers:
            os.kill(random.choice(workers), signal.SIGKILL)
        if _round % 10 == 9:
            assert consortium.faults() == []
    finished.set()
    for writer in writers:
        writer.join()
    with consortium.database.reading() as session:
        kept = items.ids_of(session, consortium.store.id, answered)
    assert len(answered) > WORKER_ROUNDS
    assert set(answered) - kept.keys() == set()
    assert consortium.faults() == []


def register_until(
    finished: threading.Event, port: int, token: str, writer: int, tried: list[str], answered: list[str]
) -> None:
    """Register items one after another; those whose registration was answered are noted."""
    number = 0
    while not finished.is_set():
        number += 1
        name = f"W-{writer}-{number}"
        tried.append(name)
        with Portal(f"http://127.0.0.1:{port}", token) as portal, suppress(Unreachable, Refused):
            portal.put_lines("/items", [{"item": name, "kind": "photo", "subjects": [f"V-{number % 250}"]}])
            answered.append(name)


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(status.parent.name))
    return found


# A batch in which each message is a transaction more, so that there are many points at which it can be killed.
POST = """
import sys
from pathlib import Path
from portal import tables
from portal.outbox.carriers import MailServer
from portal.outbox.messages import Channel
from portal.outbox.sending import Post
from portal.settings import Settings
from portal.installation import open_database
import os
database = open_database(Settings.from_environment(os.environ))
print("sending", flush=True)
Post({Channel.MAIL: MailServer(sys.argv[1], "desk@house.example", patience=1.0)}).send_due(database)
"""


def test_every_message_goes_once_though_server_and_sender_fail(consortium: Consortium, settings: Settings) -> None:
    random = Random(11)
    told = 0
    with consortium.database.writing() as session:
        officer = accounts.create(session, Role.DPO, "alder", "dpo@alder.example", "three quiet boats", language="en")
    environment = os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "ZHODA_DEMO": "1",
        "SECRET_KEY": settings.secret_key,
    }
    with ServerOfMoods() as server:
        arguments = [sys.executable, "-c", POST, server.address]
        for round_ in range(ROUNDS):
            server.mood = random.choice(list(Mood)) if round_ < ROUNDS - 1 else Mood.WELL
            with consortium.database.writing() as session:
                for _ in range(3):
                    notices.tell(session, officer.id, notices.What.NEW_DEVICE)
                    told += 1
            sender = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
            assert sender.stdout is not None
            assert sender.stdout.readline() == "sending\n"
            time.sleep(random.uniform(0, 0.3))
            sender.send_signal(signal.SIGKILL)
            sender.wait(timeout=20)
            sender.stdout.close()
        server.mood = Mood.WELL
        # What was refused meanwhile is what an administrator tries again.
        with consortium.database.writing() as session:
            for message in messages.listed(session, MessageState.GIVEN_UP, limit=told):
                messages.try_again(session, message.id)
        with clock.moved_to(clock.now() + timedelta(hours=13)):
            mail = MailServer(server.address, "desk@house.example")
            while Post({Channel.MAIL: mail}).send_due(consortium.database):
                pass
        with consortium.database.reading() as session:
            assert messages.counted(session) == {MessageState.SENT: told}
        # A receiver that knows a repetition by its id has each once; how many came again is shown by `make crash`.
        assert len(set(server.ids)) == told
        print(f"{told} messages, {len(server.ids) - told} of them a second time under the same id")
