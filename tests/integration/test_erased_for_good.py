"""After an erasure, none of a person's words is found: not in the database, the key store, a backup or a log."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consent.people import persons, subjects
from consent.rights import erasure, receiving
from consent.rights.receiving import Received
from consent.rights.requests import RightsRequest
from consent.saying import capture
from portal.access import accounts
from portal.access.accounts import Role
from portal.settings import Settings
from tests.consortium import Consortium
from vault import clock
from vault.keys import KeyDestroyed, KeyStore
from vault.policy import law

WORDS = {
    "reference": "REF-UNMISTAKABLE-77",
    "contact": "ring the bell twice at the green door",
    "guardian": "Aunt Quicksilver of the fictional mill",
    "wish": "please forget what I said of the lighthouse",
    "sign_in": "777 123 456",
}


@pytest.fixture
def gone(consortium: Consortium) -> str:
    """Somebody who has said all of WORDS and whose erasure is confirmed by two people."""
    person = consortium.enrol(WORDS["reference"])
    consortium.answer(person, "granted", "share.icc", "record.interview")
    with consortium.database.writing() as session:
        subjects.keep_profile(session, person, {"safety": {"contact": WORDS["contact"]}})
        capture.begin(session, person, "alder", {"guardian": WORDS["guardian"], "language": "en", "method": "written"})
        accounts.create(session, Role.SURVIVOR, "alder", WORDS["sign_in"], "x y z", language="en", subject_id=person)
        received = Received("erasure", "portal", "en", WORDS["wish"], subject_id=person)
        request = receiving.receive(session, "alder", received, "test")
        erasure.begin(session, request, "test")
    with clock.moved_to(clock.now() + law.ERASURE_SAFETY.default * 2), consortium.database.writing() as session:
        found = session.get_one(RightsRequest, request.id)
        erasure.propose(session, found, {}, "first")
        erasure.confirm(session, found, "second")
        erasure.complete(session, found, "second")
        accounts.forget(session, person)
    return person


def forms(text: str) -> Iterator[bytes]:
    yield text.encode()
    yield text.encode("utf-16-le")
    yield base64.b64encode(text.encode()).rstrip(b"=")[:-2]


def everything(settings: Settings, consortium: Consortium) -> Iterator[tuple[str, bytes]]:
    """Every file of the installation, and what a dump of the database has."""
    for path in settings.data_dir.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
    if settings.database_url.startswith("postgresql"):
        with consortium.database.engine.connect() as connection:
            tables = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
            for table in list(tables):
                rows: list[Any] = list(connection.exec_driver_sql(f'SELECT * FROM "{table}"'))
                yield table, repr(rows).encode()


def test_none_of_their_words_is_left_in_clear(
    settings: Settings, consortium: Consortium, gone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with consortium.database.writing() as session:
        persons.forget_keys(session, [gone])
    for place, content in everything(settings, consortium):
        for name, words in WORDS.items():
            assert not any(form in content for form in forms(words)), (name, place)
    logged = capsys.readouterr()
    assert not any(words in logged.out + logged.err for words in WORDS.values())


def test_a_backup_from_before_is_unreadable_once_the_last_copy_of_the_keys_is_gone(
    settings: Settings, consortium: Consortium, gone: str, tmp_path: Path
) -> None:
    """Both moments: with a copy of the key store from before it opens; without one it never does again."""
    if not settings.keys_database_url.startswith("sqlite"):
        pytest.skip("the key store is another engine's")
    place = f"subject_profiles.sealed:{gone}"
    with consortium.database.reading() as session:
        ring = session.info["keyring"]
        sealed = ring.seal(gone, place, WORDS["contact"].encode())
    store = settings.data_dir / "keys" / "keys.sqlite"
    copy = tmp_path / "keys-copy.sqlite"
    subprocess.run(["cp", str(store), str(copy)], check=True)
    for more in ("-wal", "-shm"):
        if Path(f"{store}{more}").exists():
            subprocess.run(["cp", f"{store}{more}", f"{copy}{more}"], check=True)
    with consortium.database.writing() as session:
        persons.forget_keys(session, [gone])
    wrapping = consortium.database.keys.wrapping
    assert KeyStore(f"sqlite:///{copy}", wrapping).open([gone])[gone] is not None
    with consortium.database.reading() as session, pytest.raises(KeyDestroyed):
        session.info["keyring"].unseal(gone, place, sealed)


def test_ledger_counts_and_other_people_still_verify(consortium: Consortium, gone: str) -> None:
    other = consortium.enrol("V-2")
    consortium.answer(other, "granted", "share.icc")
    with consortium.database.writing() as session:
        persons.forget_keys(session, [gone])
    consortium.withdraw(other, "share.icc")
    assert consortium.faults() == []
