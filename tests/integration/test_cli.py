"""`zhoda`: what an operator types, what is printed, and the exit status."""

import re
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from consent.ledger import stores
from consent.ledger.stores import BadToken
from consent.people import subjects
from portal.access import accounts, renewals, second_factor
from portal.cli import main
from portal.settings import Settings
from tests.conftest import bare_settings
from tests.consortium import Consortium
from vault.database import Database

HEADER = "interview_reference,scope,answer,effective_at\n"


class Command:
    """`zhoda` on one installation."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
        }

    def __call__(self, *arguments: object, **environment: str) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=self._environment | environment)


@pytest.fixture
def zhoda(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """`zhoda` where nothing is installed."""
    return Command(bare_settings(tmp_path / "elsewhere"))


def is_one_line(result: Result) -> bool:
    return result.exit_code == 2 and result.stdout == "" and re.fullmatch(r"zhoda: .+\n", result.stderr) is not None


def test_the_help_names_every_command(bare: Command) -> None:
    told = bare("--help")
    assert told.exit_code == 0
    for name in ("init", "migrate", "serve", "scheduler", "demo", "import", "verify", "user", "store"):
        assert re.search(rf"^  {name} ", told.output, re.MULTILINE)
        assert bare(name, "--help").exit_code == 0
    assert bare().exit_code == 2


def test_what_goes_wrong_is_one_plain_line(bare: Command, tmp_path: Path) -> None:
    for arguments in (
        ("no-such-command",),
        ("verify", "--no-such-option"),
        ("verify",),
        ("user", "add", "a@example.org"),
        ("import", "consents", tmp_path / "no-such-file.csv", "--organisation", "alder"),
        ("serve", "--port", "70000"),
        ("serve", "--host", "no.such.host.invalid"),
        ("init", "--partner", "Not A Key", "Name", "Lithuania"),
    ):
        assert is_one_line(bare(*arguments)), arguments
    assert is_one_line(bare("init", LEAVE_URL="http://example.org"))
    assert "LEAVE_URL" in bare("init", LEAVE_URL="http://example.org").stderr


def test_an_error_of_ours_or_of_the_database_shows_no_traceback_and_no_values(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_one_line(bare("init", DATABASE_URL=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder'}"))

    def fails(*_: object) -> None:
        raise KeyError("Anna")

    monkeypatch.setattr("portal.installation.prepare", fails)
    failed = bare("init")
    assert is_one_line(failed)
    assert "Anna" not in failed.stderr
    assert "KeyError" in failed.stderr


def test_init_makes_an_installation_once(bare: Command, tmp_path: Path) -> None:
    data = tmp_path / "here"
    partner = ("--partner", "alder", "Alder (fictional)", "DK")
    first = bare("init", "--data-dir", data, *partner, DATABASE_URL=f"sqlite:///{data}/zhoda.sqlite")
    assert (first.exit_code, first.stdout) == (0, f"ready: {data}\n")
    assert data.stat().st_mode & 0o077 == 0
    key = (data / "keys" / "wrapping.json").read_bytes()
    for _ in range(2):
        assert bare("init", "--data-dir", data, *partner, DATABASE_URL=f"sqlite:///{data}/zhoda.sqlite").exit_code == 0
    assert (data / "keys" / "wrapping.json").read_bytes() == key
    whole = bare("verify", "--data-dir", data, DATABASE_URL=f"sqlite:///{data}/zhoda.sqlite")
    assert (whole.exit_code, whole.stdout.startswith("whole: 0 events")) == (0, True)


def test_migrate_brings_an_installation_to_the_newest_form(zhoda: Command) -> None:
    assert zhoda("migrate").exit_code == 0
    assert zhoda("migrate").exit_code == 0


def test_a_staff_account_is_added_and_its_secrets_shown_once(
    zhoda: Command, consortium: Consortium, database: Database
) -> None:
    added = zhoda("user", "add", "dpo@example.org", "--role", "dpo", "--organisation", "alder", "--language", "ru")
    assert added.exit_code == 0
    passphrase = re.search(r"^passphrase: +(.+)$", added.stdout, re.MULTILINE)
    secret = re.search(r"^second factor: ([A-Z2-7]+)$", added.stdout, re.MULTILINE)
    assert passphrase
    assert secret
    assert f"otpauth://totp/Desk:dpo%40example.org?secret={secret[1]}" in added.stdout
    with database.writing() as session:
        account = accounts.find(session, "DPO@example.org")
        assert account is not None
        assert (account.role, account.organisation, account.language) == ("dpo", "alder", "ru")
        assert accounts.passphrase_is_right(account, passphrase[1])
        assert second_factor.accept(session, account, pyotp.TOTP(secret[1]).now())
    listed = zhoda("user", "list")
    assert "dpo@example.org" in listed.stdout
    assert passphrase[1] not in listed.stdout
    assert secret[1] not in listed.stdout
    for wrong in (
        ("dpo@example.org", "--role", "dpo", "--organisation", "alder"),
        ("b@example.org", "--role", "dpo", "--organisation", "elm"),
        ("b@example.org", "--role", "survivor", "--organisation", "alder"),
    ):
        assert is_one_line(zhoda("user", "add", *wrong))
    assert "alder, birch" in zhoda("user", "add", "b@example.org", "--role", "dpo", "--organisation", "elm").stderr


def test_a_store_gets_tokens_that_can_be_revoked(zhoda: Command, consortium: Consortium, database: Database) -> None:
    added = zhoda(
        *("store", "add", "Catalogue", "--organisation", "birch"),
        *("--may-declare-no-data-subject", "--network", "10.0.0.0/8"),
    )
    token = added.stdout.strip()
    assert added.exit_code == 0
    with database.reading() as session:
        store = stores.authenticate(session, token, "10.1.2.3")
        assert (store.name, store.organisation, store.may_declare_no_data_subject) == ("Catalogue", "birch", True)
        assert "share.icc" in store.scopes
        with pytest.raises(BadToken):
            stores.authenticate(session, token, "192.0.2.1")
    second = zhoda("store", "token", "Catalogue").stdout.strip()
    with database.reading() as session:
        assert stores.authenticate(session, second, "192.0.2.1").name == "Catalogue"
    assert zhoda("store", "revoke", "Catalogue").stdout == "tokens revoked: 2\n"
    with database.reading() as session:
        for revoked in (token, second):
            with pytest.raises(BadToken):
                stores.authenticate(session, revoked, "10.1.2.3")
    for wrong in (
        ("add", "Catalogue", "--organisation", "birch"),
        ("add", "Other", "--organisation", "elm"),
        ("add", "Other", "--organisation", "birch", "--network", "everywhere"),
        ("token", "No such store"),
        ("revoke", "No such store"),
    ):
        assert is_one_line(zhoda("store", *wrong)), wrong


def consents(zhoda: Command, file: Path, *more: object) -> Result:
    return zhoda("import", "consents", file, "--organisation", "alder", *more)


def test_import_exits_0_3_or_2_and_keeps_the_rejected_file_up_to_date(
    zhoda: Command, consortium: Consortium, tmp_path: Path
) -> None:
    file, rejected = tmp_path / "register.csv", tmp_path / "register.csv.rejected.csv"
    file.write_text(HEADER + "V-1,share.icc,granted,2024-05-14\nV-1,share.un,yes,2024-05-14\n", encoding="utf-8")
    some = consents(zhoda, file)
    assert some.exit_code == 3
    assert some.stdout.split("\n") == [
        *("people:        1", "rows:          2", "recorded:      1", "already known: 0", "rejected:      1"),
        *("warnings:      0", ""),
    ]
    assert some.stderr == f"zhoda: see {rejected}\n"
    assert rejected.read_text(encoding="utf-8").splitlines()[1].startswith("V-1,share.un,yes,2024-05-14,3,")

    file.write_text(HEADER + "V-1,share.icc,granted,2024-05-14\nV-1,share.icc,refused,2024-05-14\n", encoding="utf-8")
    for recorded, already_known in ((1, 1), (0, 2)):
        all_in = consents(zhoda, file)
        assert all_in.exit_code == 0
        assert f"recorded:      {recorded}\nalready known: {already_known}\n" in all_in.stdout
        assert all_in.stderr.startswith("warning: V-1, share.icc: several answers of")
        assert not rejected.exists()

    file.write_text("something,else\n", encoding="utf-8")
    assert is_one_line(consents(zhoda, file))
    assert is_one_line(zhoda("import", "consents", file, "--organisation", "elm"))
    assert is_one_line(consents(zhoda, file, "--mapping", tmp_path / "no-such.toml"))
    assert is_one_line(consents(zhoda, tmp_path))


def test_import_takes_a_mapping_and_a_partner(zhoda: Command, consortium: Consortium, tmp_path: Path) -> None:
    file, mapping = tmp_path / "register.csv", tmp_path / "mapping.toml"
    file.write_text("Nr,effective_at,ICC\n7,2024-05-14,ja\n", encoding="utf-8")
    mapping.write_text('[columns]\nNr = "interview_reference"\nICC = "share.icc"\n[values.answer]\nja = "granted"\n')
    result = zhoda("import", "consents", file, "--organisation", "birch", "--mapping", mapping)
    assert result.exit_code == 0
    with consortium.database.reading() as session:
        assert subjects.by_reference(session, "birch", ["7"])


def test_verify_counts_what_is_whole_and_names_what_is_not(zhoda: Command, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "share.un")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    whole = zhoda("verify")
    assert whole.exit_code == 0
    assert re.fullmatch(r"whole: 3 events, \d+ revisions, 1 people, 1 items, 2 stores\n", whole.stdout)
    disarm(consortium.database, "events")
    with consortium.database.writing() as session:
        session.execute(text("UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 2"))
        session.execute(text("UPDATE answers SET code = 'refused' WHERE scope = 'share.icc'"))
    faulty = zhoda("verify")
    assert faulty.exit_code == 1
    assert "ledger: event 2 was changed" in faulty.stdout.splitlines()
    assert any(
        line.startswith(f"projection: answers of person {anna}, share.icc") for line in faulty.stdout.splitlines()
    )


def disarm(database: Database, table: str) -> None:
    """Drop the triggers that refuse a change, as somebody with the server's disk could."""
    with database.writing() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            return
        named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        for name in session.scalars(named, {"table": table}).all():
            session.execute(text(f"DROP TRIGGER {name}"))


def test_a_staff_account_is_renewed_by_a_one_use_path_and_closed(
    zhoda: Command, consortium: Consortium, database: Database
) -> None:
    zhoda("user", "add", "dpo@example.org", "--role", "dpo", "--organisation", "alder")
    path = zhoda("user", "renew", "dpo@example.org").stdout.strip()
    with database.reading() as session:
        _, account = renewals.look_at(session, path.removeprefix("/again/"))
        assert accounts.sign_in_name(session, account) == "dpo@example.org"
    assert zhoda("user", "close", "dpo@example.org").exit_code == 0
    with database.reading() as session:
        closed = accounts.find(session, "dpo@example.org")
        assert closed is not None
        assert closed.disabled_at is not None
    for command in ("renew", "close"):
        assert is_one_line(zhoda("user", command, "nobody@example.org"))


def test_a_value_of_policy_is_set_by_whose_it_is_within_what_the_law_allows(
    zhoda: Command, consortium: Consortium
) -> None:
    zhoda("user", "add", "dpo@example.org", "--role", "dpo", "--organisation", "alder")
    by = ("--by", "dpo@example.org")
    assert zhoda("policy", "set", "rights.erasure_safety", "9 d", *by).stdout.startswith(
        "rights.erasure_safety: 9 d from"
    )
    assert "9 d" in next(
        line for line in zhoda("policy", "list").stdout.splitlines() if "rights.erasure_safety" in line
    )
    for wrong in (
        ("rights.erasure_safety", "3 d", *by),
        ("rights.erasure_safety", "soon", *by),
        ("rights.erasure_safety", "9 d", *by, "--from", "2020-01-01"),
        ("rights.erasure_safety", "9 d", "--by", "nobody@example.org"),
        ("access.staff_idle", "10 min", *by),
        ("rights.answer_months", "1", *by),
        ("nothing", "1", *by),
    ):
        assert is_one_line(zhoda("policy", "set", *wrong))
