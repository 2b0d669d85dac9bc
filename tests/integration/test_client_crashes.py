"""Killed at any point, a following replica resumes with nothing lost and nothing counted twice (`make crash`)."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from consent import stores
from consent.client import Follower, Portal, Replica
from tests.consortium import Consortium
from tests.integration.test_no_stale_permit import ROOT, everybody_agrees, four_workers
from vault import signing

__all__ = ["four_workers"]

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "6"))
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
