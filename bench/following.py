"""Following: how fast a replica catches up, and how soon twenty of them deny after a withdrawal."""

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from bench.bars import Figure
from bench.deciding import replica_of
from bench.measuring import Row
from consent.catalogue import forms
from consent.ledger import answers, stores
from consent.ledger.stores import StoreSubject
from consent.saying import answering, withdrawal
from portal.settings import Settings
from vault import signing
from vault.database import Database

_REPLICAS, _WITHDRAWALS = 20, 50
_PATIENCE = 60
# Five replicas a process; each line says which replica stands at which cursor, and when its commit had returned.
_FOLLOW = """
import sys, threading, time
from pathlib import Path
from consent.client import Follower, Portal, Refused, Replica
address, key, folder, *stores = sys.argv[1:]
def follow(name, token):
    replica = Replica(Path(folder) / f"{name}.db", name, key)
    with Portal(address, token) as portal:
        follower = Follower(portal, replica)
        follower.catch_up()
        print("ready", flush=True)
        wait = 20
        while True:
            try:
                follower.step(wait)
                wait = 20
            except Refused as refused:
                # As `Follower.run` does where nobody more may wait.
                time.sleep(refused.later)
                wait = 0
            print(name, replica.status.position.cursor, time.time(), flush=True)
for each in stores:
    threading.Thread(target=follow, args=each.split("=")).start()
"""


def rows(settings: Settings, database: Database) -> Iterator[Row]:
    """The rows about following."""
    with replica_of(database) as (replica, follower, path):
        began = time.perf_counter()
        follower.catch_up()
        taken = time.perf_counter() - began
        count = replica.status.position.cursor
        bare = _bare_write(path)
    yield Row(
        Figure.CATCHING_UP,
        count / taken,
        "a fresh replica's catching up",
        f"{count / taken:,.0f} changes/s",
        f"a bare SQLite write of the same rows, {bare:,.0f}/s",
        count / taken / bare,
    )
    delays = sorted(_delays(settings, database))
    place = min(int(len(delays) * 0.99), len(delays) - 1)
    yield Row(
        Figure.DENYING,
        delays[place],
        f"commit of a withdrawal → {_REPLICAS} following replicas deny, p99 of {len(delays)}",
        f"{delays[place]:.2f} s",
        f"median {delays[len(delays) // 2]:.2f} s, longest {delays[-1]:.2f} s",
    )


def _bare_write(path: Path) -> float:
    """How many rows a second go into a bare copy of the replica's tables."""
    source = sqlite3.connect(path)
    with tempfile.TemporaryDirectory() as folder:
        target = sqlite3.connect(Path(folder) / "bare.db")
        target.execute("PRAGMA journal_mode=WAL")
        count, began = 0, time.perf_counter()
        for table, columns in (("items", 3), ("people", 4), ("answers", 4)):
            names = ", ".join(f"c{number}" for number in range(columns))
            target.execute(f"CREATE TABLE {table} ({names})")
            copied = source.execute(f"SELECT * FROM {table}").fetchall()
            target.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", copied)
            count += len(copied)
        target.commit()
        taken = time.perf_counter() - began
        target.close()
    source.close()
    return count / taken


def _delays(settings: Settings, database: Database) -> Iterator[float]:
    """How long after each withdrawal's commit each replica had taken it in (s)."""
    known, person = _twenty_stores(database)
    address = f"http://127.0.0.1:{_free_port()}"
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url}
        zhoda = [sys.executable, "-c", "from portal.cli import main; main()"]
        served = subprocess.Popen(
            [*zhoda, "serve", "--port", address.rpartition(":")[2]], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert served.stdout is not None
        while not served.stdout.readline().startswith("Serving"):
            pass
        with database.reading() as session:
            key = str(signing.anchor(session))
        pairs = [f"{store.name}={token}" for store, token in known]
        followers = [
            subprocess.Popen(
                [sys.executable, "-c", _FOLLOW, address, key, folder, *pairs[start : start + 5]],
                stdout=subprocess.PIPE,
                text=True,
            )
            for start in range(0, len(pairs), 5)
        ]
        try:
            yield from _withdraw_and_watch(database, person, [store.name for store, _ in known], followers)
        finally:
            for process in (*followers, served):
                process.kill()
                process.wait()


def _withdraw_and_watch(
    database: Database, person: str, names: list[str], followers: list[subprocess.Popen[str]]
) -> Iterator[float]:
    seen: dict[tuple[str, int], float] = {}
    ready = threading.Semaphore(0)

    def read(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            words = line.split()
            if words == ["ready"]:
                ready.release()
            else:
                seen.setdefault((words[0], int(words[1])), float(words[2]))

    for process in followers:
        threading.Thread(target=read, args=(process,), daemon=True).start()
    for _ in names:
        ready.acquire()
    statement = withdrawal.Statement(withdrawal.Channel.PORTAL, "bench")
    for scope in _standing(database, person)[:_WITHDRAWALS]:
        with database.writing() as session:
            withdrawal.withdraw(session, person, [scope], statement=statement)
        committed = time.time()
        with database.reading() as session:
            heads = {store.name: store.cursor for store in stores.listed(session) if store.name in names}
        end = time.monotonic() + _PATIENCE
        for name, head in heads.items():
            while not (reached := [at for (of, cursor), at in list(seen.items()) if of == name and cursor >= head]):
                assert time.monotonic() < end, "a replica did not follow"
                time.sleep(0.01)
            yield max(min(reached) - committed, 0.0)


def _standing(database: Database, person: str) -> list[str]:
    with database.writing() as session:
        form = forms.current(session)
        circumstances = answering.Circumstances(form.id, form.digest, "en", "portal", "bench")
        known = list(stores.listed(session)[0].scopes)
        answering.answer(session, person, {scope: answering.Given("granted") for scope in known}, circumstances)
    return known


def _twenty_stores(database: Database) -> tuple[list[tuple[stores.Store, str]], str]:
    """Twenty stores that know one person, each with a token."""
    with database.writing() as session:
        closed = next(each for each in stores.listed(session) if each.name == "Closed-source database")
        # Of those with answers, so that they can give and withdraw.
        person = session.scalars(
            select(StoreSubject.subject_id)
            .join(answers.AnswerRow, answers.AnswerRow.subject_id == StoreSubject.subject_id)
            .where(StoreSubject.store_id == closed.id, answers.AnswerRow.code == "granted")
            .limit(1)
        ).one()
        known = []
        existing = {store.name: store for store in stores.listed(session)}
        for number in range(_REPLICAS):
            name = f"bench-{number}"
            store = existing.get(name) or stores.create(
                session, name, closed.organisation, closed.scopes, may_declare_no_data_subject=False
            )
            if name not in existing:
                stores.introduce(session, store.id, {person: None}, 1)
            known.append((store, stores.issue_token(session, store)))
    return known, person


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
