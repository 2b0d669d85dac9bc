"""The migrations make the tables that the code has, and nothing else."""

import ast
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from consent.people import subjects
from consent.rights import requests
from portal import installation
from portal.settings import Settings
from portal.tables import metadata
from vault import numbering
from vault.database import Database
from vault.keys import KeyKind, KeyRing

ROOT = Path(__file__).parents[2]


def test_the_migrated_database_is_the_one_the_code_describes(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_installation_with_people_in_it_is_brought_to_the_newest_form(settings: Settings, tmp_path: Path) -> None:
    old = replace(settings, data_dir=tmp_path / "old", database_url=empty(settings, tmp_path))
    (old.data_dir / "keys").mkdir(parents=True)
    shutil.copytree(settings.data_dir / "keys", old.data_dir / "keys", dirs_exist_ok=True)
    database = installation.open_database(old)
    installation.upgrade(database, "0003")
    person = "a" * 32
    database.keys.create([person], KeyKind.PERSON)
    with database.engine.execution_options(zhoda_writes=True).begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement), {"person": person, "sealed": b"x"})
    installation.migrate(database)
    with database.reading() as session:
        assert subjects.by_reference(session, "alder", ["V-1"]) == {"V-1": person}
        assert subjects.references_of(session, person) == ["V-1"]
        assert session.scalar(text("SELECT count(*) FROM accounts")) == 1
    database.close()


def test_notes_of_steps_are_sealed_anew_to_their_rows_and_those_of_the_erased_stay_as_they_are(
    settings: Settings, tmp_path: Path
) -> None:
    old = replace(settings, data_dir=tmp_path / "old", database_url=empty(settings, tmp_path))
    (old.data_dir / "keys").mkdir(parents=True)
    shutil.copytree(settings.data_dir / "keys", old.data_dir / "keys", dirs_exist_ok=True)
    database = installation.open_database(old)
    installation.upgrade(database, "0038")
    there, gone = "a" * 32, "b" * 32
    database.keys.create([there, gone], KeyKind.PERSON)
    ring = KeyRing(database.keys)
    with database.engine.execution_options(zhoda_writes=True).begin() as connection:
        connection.execute(text("INSERT INTO organisations (key, name, country) VALUES ('alder', 'Alder', 'DK')"))
        for request_id in (there, gone):
            connection.execute(text(OLD_REQUEST), {"id": request_id, "reference": request_id[:12], "sealed": b"x"})
        for number, request_id in enumerate((there, there, gone), start=1):
            note = ring.seal(request_id, f"rights_steps.sealed:{request_id}", f"note {number}".encode())
            connection.execute(text(OLD_STEP), {"id": number, "request": request_id, "sealed": note})
    database.keys.destroy(gone)
    installation.migrate(database)
    with database.writing() as session:
        request = session.get_one(requests.RightsRequest, there)
        assert [note for _, note in requests.history(session, request)] == ["note 1", "note 2"]
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text("UPDATE rights_steps SET step = 'erased'"))
        requests.note(session, request, "routed", "officer", "note 4")
        assert [step.id for step, _ in requests.history(session, request)] == [1, 2, 4]
    database.close()


OLD_REQUEST = (
    'INSERT INTO rights_requests (id, reference, "right", organisation, received_by, channel, requester, received_at, '
    "received_on, counted_from, language, state, extended, pauses, due_on, forced, sealed) VALUES (:id, :reference, "
    "'access', 'alder', 'alder', 'mail', 'self', 1, '2026-01-02', '2026-01-02', 'en', 'open', FALSE, '[]', "
    "'2026-02-02', FALSE, :sealed)"
)
OLD_STEP = (
    "INSERT INTO rights_steps (id, request_id, at, step, author, sealed) "
    "VALUES (:id, :request, 1, 'extended', 'o', :sealed)"
)
OLD_ROWS = (
    "INSERT INTO organisations (key, name, country) VALUES ('alder', 'Alder', 'DK')",
    "INSERT INTO subjects (id, created_at) VALUES (:person, 1)",
    "INSERT INTO interview_references (id, organisation, reference, subject_id) VALUES ('r', 'alder', 'V-1', :person)",
    "INSERT INTO accounts (id, role, organisation, subject_id, sign_in_index, sealed, passphrase_hash, last_totp_step, "
    "language, created_at) VALUES ('a', 'survivor', 'alder', :person, 'i', :sealed, 'h', 0, 'en', 1)",
    "INSERT INTO sessions (digest, account_id, created_at, seen_at) VALUES ('d', 'a', 1, 1)",
)


def empty(settings: Settings, folder: Path) -> str:
    """The address of a database with nothing in it, on the same engine."""
    if settings.database_url.startswith("sqlite"):
        return f"sqlite:///{folder / 'old.sqlite'}"
    name = f"old_{uuid4().hex}"
    engine = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    address = engine.url.set(database=name).render_as_string(hide_password=False)
    engine.dispose()
    return address


def test_a_migration_uses_nothing_of_ours_that_may_change() -> None:
    imported = {
        (path.name, node.module or "")
        for path in sorted((ROOT / "migrations" / "versions").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    ours = ("consent", "mhpss", "portal")
    assert {found for found in imported if found[1].split(".")[0] in ours} == set()


def test_numbers_go_on_where_counting_had_come(settings: Settings, tmp_path: Path) -> None:
    old = replace(settings, data_dir=tmp_path / "old", database_url=empty(settings, tmp_path))
    (old.data_dir / "keys").mkdir(parents=True)
    shutil.copytree(settings.data_dir / "keys", old.data_dir / "keys", dirs_exist_ok=True)
    database = installation.open_database(old)
    installation.upgrade(database, "0040")
    with database.engine.execution_options(zhoda_writes=True).begin() as connection:
        connection.execute(text("INSERT INTO organisations (key, name, country) VALUES ('alder', 'Alder', 'DK')"))
        for number in (1, 2, 3):
            connection.execute(text(OLD_DISCLOSURE), {"id": f"{number:032d}", "number": f"D-2026-00{number}"})
    installation.migrate(database)
    with database.writing() as session:
        assert numbering.draw(session, "disclosure_requests") == 4
        assert numbering.draw(session, "cases") == 1
        assert numbering.draw(session, "cases") == 2
    database.close()


OLD_DISCLOSURE = """
INSERT INTO disclosure_requests (id, number, organisation, recipient, scope, instrument, route, state, received_on,
    sealed, registered_by, registered_at)
VALUES (:id, :number, 'alder', 'icc-otp', 'share.icc', 'rome-15', 'consent', 'open', '2026-01-01', '', 'o', 0)
"""
