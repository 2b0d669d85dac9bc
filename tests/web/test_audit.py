"""Who saw or did what: written down before it is shown, chained, anchored, and shown to the person."""

import csv
import io
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, text

from consent.people import subjects
from consent.proving import anchors
from portal.access.accounts import Role
from portal.cli import main
from portal.settings import Settings
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, staff, survivor
from tests.web.test_accounts import at_sign_in
from vault import audit, audit_chain
from vault.audit import Actor, AuditEntry
from vault.database import Database
from vault.readings import ReadingLog

ACTOR = Actor("documenter", "a" * 32, "alder")


def entries(database: Database) -> list[AuditEntry]:
    with database.reading() as session:
        return audit.latest(session)


def code_of(database: Database, subject_id: str) -> str:
    with database.reading() as session:
        return subjects.codes_of(session, [subject_id])[subject_id]


def test_reading_a_persons_page_is_written_down_and_the_person_sees_it(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    anna = consortium.enrol("V-1")
    staff(app, consortium, Role.DOCUMENTER).get(f"/people/{code_of(database, anna)}")
    done = [(entry.role, entry.organisation, entry.act, entry.subject_id) for entry in entries(database)]
    assert ("documenter", "alder", "subject.read", anna) in done
    person = survivor(app, consortium, anna)
    shown = person.get("/my/seen")
    assert "documenter, organisation 1" in shown
    assert "Alder" not in shown
    assert "documenter, Alder (fictional)" in person.get("/my/seen?names=1")


def test_a_list_of_people_counts_as_reading_of_each(app: Flask, consortium: Consortium, database: Database) -> None:
    people = {consortium.enrol(f"V-{number}") for number in range(3)}
    other = consortium.enrol("B-1", organisation="birch")
    staff(app, consortium, Role.DOCUMENTER).get("/people/")
    read_of = {entry.subject_id for entry in entries(database) if entry.act == "subject.list"}
    assert read_of == people
    assert other not in read_of


def test_a_page_that_could_not_be_written_down_is_not_shown(
    app: Flask, consortium: Consortium, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = consortium.enrol("V-1")
    browser = staff(app, consortium, Role.DOCUMENTER)

    def fail(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(audit, "record", fail)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = browser.client.get(f"/people/{code_of(database, anna)}")
    assert answer.status_code == 500
    assert "V-1" not in answer.text


def test_readings_of_many_at_once_share_their_transactions(database: Database) -> None:
    log = ReadingLog(database)
    together = threading.Barrier(40)

    def read(number: int) -> None:
        together.wait()
        log.note(ACTOR, "subject.read", [f"{number:032x}"])

    readers = [threading.Thread(target=read, args=(number,)) for number in range(40)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert {entry.subject_id for entry in entries(database)} == {f"{number:032x}" for number in range(40)}
    assert log.transactions < 20


def write(database: Database, count: int = 6) -> None:
    for number in range(count):
        with database.writing() as session:
            audit.record(session, ACTOR, f"act.{number}", f"{number:032x}")
    with database.writing() as session:
        anchors.seal_audit(session)


def faults(database: Database) -> list[str]:
    with database.reading() as session:
        return [*audit_chain.faults(session), *anchors.faults(session)]


def tamper(database: Database, *statements: str) -> None:
    """Change the tables as whoever holds the database file can: triggers do not stop them."""
    with database.engine.execution_options(zhoda_writes=True).begin() as connection:
        if database.engine.dialect.name == "sqlite":
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


_COLUMNS = "id, at, account_id, role, organisation, act, subject_id, target, mac"
_COPY = "INSERT INTO audit_entries (position, id, at, account_id, role, organisation, act, subject_id, target, mac) "


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE audit_entries SET act = 'x' WHERE position IN (3, 5)"], "audit: entry 3 was changed"),
        (["UPDATE audit_entries SET organisation = 'birch' WHERE position = 4"], "audit: entry 4 was changed"),
        (["DELETE FROM audit_entries WHERE position = 2"], "audit: entry 2 is missing"),
        (["DELETE FROM audit_entries WHERE position >= 5"], "audit: entry 5 is missing"),
        (
            [
                _COPY + "SELECT 99, 'forged', at, account_id, role, organisation, act, subject_id, target, mac "
                "FROM audit_entries WHERE position = 1"
            ],
            "audit: entry 99 was inserted",
        ),
        (
            [
                "UPDATE audit_entries SET position = 100 WHERE position = 2",
                "UPDATE audit_entries SET position = 2 WHERE position = 3",
                "UPDATE audit_entries SET position = 3 WHERE position = 100",
            ],
            "audit: entry 2 stands in another's place",
        ),
        (
            [
                "DELETE FROM audit_entries",
                "DELETE FROM audit_leaves",
                "DELETE FROM audit_seals",
            ],
            "audit: seal 1 is not the one that the ledger holds",
        ),
        (
            [
                "UPDATE audit_leaves SET hash = (SELECT hash FROM audit_leaves l WHERE l.position = 1) "
                "WHERE position IN (3, 4)"
            ],
            "audit: entry 3 stands in another's place",
        ),
        (["UPDATE audit_seals SET entries = 5"], "audit: seal 1 was changed"),
    ],
)
def test_what_was_done_to_the_audit_is_found_and_the_first_entry_named(
    database: Database, statements: list[str], named: str
) -> None:
    write(database)
    assert faults(database) == []
    tamper(database, *statements)
    assert faults(database)[0] == named


def test_verification_on_the_command_line_names_the_entry(settings: Settings, database: Database) -> None:
    write(database)
    run: Callable[[], int] = lambda: verified(settings)[0]  # noqa: E731 - said once, asked twice
    assert run() == 0
    tamper(database, "UPDATE audit_entries SET role = 'dpo' WHERE position = 3")
    assert run() == 1
    assert "audit: entry 3 was changed" in verified(settings)[1]


def verified(settings: Settings) -> tuple[int, str]:
    environment = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    result = CliRunner().invoke(main, ["verify"], env=environment)
    return result.exit_code, result.stdout


def test_the_database_itself_refuses_to_change_the_audit(database: Database) -> None:
    write(database)
    for table in ("audit_entries", "audit_leaves", "audit_seals"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {'hash' if 'leaves' in table else 'at'} = NULL"):
            with pytest.raises(Exception, match="append-only"), database.writing() as session:
                session.execute(text(statement))


def test_sealing_goes_on_where_it_was_and_writes_nothing_where_nothing_is_new(database: Database) -> None:
    write(database, 3)
    with database.writing() as session:
        assert anchors.seal_audit(session) == 0
    write(database, 2)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(audit_chain.AuditSeal)) == 2
    assert faults(database) == []


def test_the_auditor_filters_and_takes_the_entries_along_without_anybodys_id(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    anna = consortium.enrol("V-1")
    staff(app, consortium, Role.DOCUMENTER).get(f"/people/{code_of(database, anna)}")
    auditor = staff(app, consortium, Role.AUDITOR)
    shown = auditor.get("/administration/acts?act=subject&role=documenter")
    assert "<code>subject.read</code>" in shown
    assert "<code>access.sign_in</code>" not in shown
    auditor.get("/administration/acts?since=yesterday", 422)
    rows = list(csv.DictReader(io.StringIO(auditor.get("/administration/acts.csv?act=subject"))))
    assert [(row["act"], row["organisation"]) for row in rows] == [("subject.read", "alder")]
    assert rows[0]["person"]
    assert anna not in auditor.page.text  # type: ignore[union-attr]
    assert any(entry.act == "audit.export" for entry in entries(database))


def test_refused_sign_ins_and_refused_pages_are_written_down(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    officer = staff(app, consortium, Role.DPO)
    officer.get("/people/", 403)
    stranger = at_sign_in(app)
    stranger.post("/sign-in", 422, sign_in="nobody@example.org", passphrase="x")
    stranger.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
    stranger.post("/sign-in/code", 422, code="000000")
    done = [(entry.role, entry.act) for entry in entries(database)]
    assert ("dpo", "refused.documenter.people") in done
    assert ("stranger", "access.refused") in done
    assert ("stranger", "access.code_refused") in done
