"""The reference store shows a file while its replica permits it, and not a moment longer than it knows to."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from consent.ledger import stores
from consent.people import subjects
from tests.consortium import Consortium
from tests.integration.test_no_stale_permit import ROOT, four_workers, server
from vault import signing

__all__ = ["four_workers", "server"]
CHOICE = "for=" + quote("share.icc icc-otp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "holdings"
    (made / "photos").mkdir(parents=True)
    (made / "photos" / "one.txt").write_text("a picture of one person")
    (made / "photos" / "two.txt").write_text("a picture of two people")
    (made / "undescribed.txt").write_text("nobody knows")
    lines = [
        {"item": "photos/one.txt", "kind": "photo", "subjects": ["V-1"]},
        {"item": "photos/two.txt", "kind": "photo", "subjects": ["V-1", "V-2"]},
    ]
    (made / "items.ndjson").write_text("\n".join(json.dumps(line) for line in lines))
    return made


@pytest.fixture
def store(consortium: Consortium, four_workers: int, folder: Path) -> Iterator[str]:
    """The address of a running reference store that knows of two people."""
    for reference in ("V-1", "V-2"):
        consortium.answer(consortium.enrol(reference), "granted", "share.icc")
    with consortium.database.writing() as session:
        token = stores.issue_token(session, session.get_one(stores.Store, consortium.store.id))
        key = str(signing.anchor(session))
    command = [
        sys.executable,
        "-c",
        "from portal.cli import main; main()",
        "store",
        "serve",
        str(folder),
        "--port",
        "0",
    ]
    options = ["--portal", f"http://127.0.0.1:{four_workers}", "--name", consortium.store.name, "--key", key]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=os.environ | {"STORE_TOKEN": token},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().partition("Serving at ")[2].strip()
    yield address
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def page(address: str, language: str = "en") -> str:
    with urllib.request.urlopen(f"{address}/?{CHOICE}&language={language}", timeout=10) as answer:
        return str(answer.read().decode())


def file(address: str, name: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/files/{name}?{CHOICE}", timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def until(check: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not check():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_file_is_given_while_it_may_be_and_not_after_a_withdrawal(
    consortium: Consortium, store: str, folder: Path
) -> None:
    until(lambda: file(store, "photos/two.txt") == 200)
    assert file(store, "undescribed.txt") == 403
    assert file(store, "../data/zhoda.sqlite") == 404
    shown = page(store)
    assert "photos/one.txt" in shown
    assert "unknown_item" in shown
    assert "Што можна паказваць" in page(store, "be")
    with consortium.database.reading() as session:
        person = subjects.by_reference(session, "alder", ["V-2"])["V-2"]
    consortium.withdraw(person, "share.icc")
    until(lambda: file(store, "photos/two.txt") == 403, 1.5)
    assert file(store, "photos/one.txt") == 200
    assert "withdrawn" in page(store)
