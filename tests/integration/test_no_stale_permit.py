"""After a withdrawal has been answered, no worker process permits what it covers (4 workers, 1,000 withdrawals)."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from consent.ledger import ledger, stores
from consent.ledger.events import Draft, Kind
from consent.people import subjects
from consent.saying import withdrawal
from portal.settings import Settings
from tests.consortium import Consortium
from vault.database import Database

ROOT = Path(__file__).parents[2]
# `make race` asks for a million decisions and withdraws a thousand times; the tests do as much as time allows.
DECISIONS = int(os.environ.get("RACE_DECISIONS", "0"))
PEOPLE = 250 if DECISIONS else 50
AT_A_TIME = 500 if DECISIONS else 40
SCOPES = {"share.icc": "icc-otp", "share.un": "un-experts", "share.osce": "osce-experts", "share.lawyer": "counsel-oak"}


@dataclass(frozen=True)
class Server:
    """A real server: its port, and its master process."""

    port: int
    pid: int


@pytest.fixture
def server(settings: Settings, consortium: Consortium) -> Iterator[Server]:
    """A real server with four worker processes on the test's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "ZHODA_DEMO": "1",
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "4", "--threads", "4"]
    options = ["--log-level", "error", "--graceful-timeout", "2"]
    process = subprocess.Popen([*gunicorn, *options, "wsgi:app"], cwd=ROOT, env=environment)
    try:
        wait_until_it_answers(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def four_workers(server: Server) -> int:
    """The port of a real server with four worker processes."""
    return server.port


def wait_until_it_answers(port: int) -> None:
    for _attempt in range(200):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the server did not answer")


def test_no_worker_permits_after_the_withdrawal_was_answered(
    database: Database, consortium: Consortium, four_workers: int
) -> None:
    people, token = everybody_agrees(database, consortium)
    pairs = [(person, scope) for person in range(PEOPLE) for scope in SCOPES]
    Random(4).shuffle(pairs)
    committed: list[bool] = [False] * len(pairs)
    finished = threading.Event()
    stale: list[tuple[int, str]] = []
    asked = [0] * 4

    def ask(number: int) -> None:
        random = Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", four_workers, timeout=30)
        while not finished.is_set():
            chosen = random.sample(range(len(pairs)), AT_A_TIME)
            before = [committed[place] for place in chosen]
            for place, over, outcome in zip(chosen, before, outcomes(connection, token, pairs, chosen), strict=True):
                if over and outcome != "deny":
                    stale.append(pairs[place])
            asked[number] += len(chosen)
        connection.close()

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for asker in askers:
        asker.start()
    for place, (person, scope) in enumerate(pairs):
        while sum(asked) < DECISIONS * place / len(pairs):
            time.sleep(0.01)
        statement = withdrawal.Statement(withdrawal.Channel.PORTAL, "test")
        with database.writing() as session:
            withdrawal.withdraw(session, people[person], [scope], statement=statement)
        committed[place] = True
    while sum(asked) < DECISIONS:
        time.sleep(0.01)
    finished.set()
    for asker in askers:
        asker.join()
    print(f"{sum(asked)} decisions against {len(pairs)} withdrawals, {len(stale)} permits after a commit")
    assert stale == []
    assert all(count > 200 for count in asked)
    assert consortium.faults() == []


def outcomes(
    connection: http.client.HTTPConnection, token: str, pairs: list[tuple[int, str]], chosen: list[int]
) -> list[str]:
    questions = [
        {"item": f"F-{pairs[place][0]}", "scope": pairs[place][1], "recipient": SCOPES[pairs[place][1]]}
        for place in chosen
    ]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/decisions", json.dumps({"questions": questions}), headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return [each["outcome"] for each in json.loads(body)["answers"]]


def everybody_agrees(database: Database, consortium: Consortium) -> tuple[list[str], str]:
    with database.writing() as session:
        enrolled = subjects.enrol_many(session, "alder", [[f"V-{number}"] for number in range(PEOPLE)])
    people = [each.subject_id for each in enrolled]
    with database.writing() as session:
        ledger.append(
            session,
            [
                Draft(Kind.GIVEN, subject_id=person, scope=scope, body={"answer": "granted"})
                for person in people
                for scope in SCOPES
            ],
        )
    consortium.register(*({"item": f"F-{number}", "subjects": [f"V-{number}"]} for number in range(PEOPLE)))
    with database.writing() as session:
        return people, stores.issue_token(session, session.get_one(stores.Store, consortium.store.id))
