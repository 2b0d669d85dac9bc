"""Each column says how it stands, what says that it is sealed is sealed to whom it says, and codes are no sentences."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, LargeBinary, Row, String, Table, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from consent.ledger import stores, webhooks
from consent.people import zones
from consent.people.subjects import Subject
from consent.rights.packages import RightsPackage
from consent.rights.requests import RightsRequest
from consent.rights.store_tasks import StoreTask
from consent.saying import situations
from consent.saying.capture import SituationKind
from mhpss.cases import Case
from portal import installation
from portal.access.accounts import Account
from portal.cli.column_table import as_markdown, listed
from portal.frame import saved
from portal.settings import Settings
from portal.tables import metadata
from vault import columns, documents, keys
from vault.columns import Blind, Clear, Declared, Owner, Undeclared, blind, clear, sealed_to
from vault.database import Database, keyring
from vault.documents import Opened
from vault.keys import HOUSE, KeyDestroyed, KeyUnknown
from vault.sealing import Unreadable
from vault.types import BigKey, Id, Instant, Json

PRINTED = Path(__file__).parents[2] / "docs" / "security" / "columns.md"
# Sealed columns that the demonstration leaves empty: whoever fills one takes it from here.
EMPTY = {
    *("clinical_copies.sealed", "form_drafts.sealed", "held_changes.sealed"),
    *("passkeys.sealed", "renewals.sealed", "safe_contacts.sealed", "sent_forms.led_to"),
}
ONE_WORD = {Clear.IDENTIFIER, Clear.REFERENCE, Clear.CODE, Clear.CATALOGUE}
# Whose key a row may be sealed under is in the row, or in one that it points to, at most so far away.
FAR = 3


def test_every_column_of_every_table_says_how_it_stands() -> None:
    every = {column for table in metadata.tables.values() for column in table.columns}
    every |= {column for mapper in keys.TABLES.mappers for column in mapper.columns if isinstance(column, Column)}
    assert {each.column for each in listed()} == every


class Apart(DeclarativeBase):
    """Tables of this test alone."""


class Talkative(Apart):
    __tablename__ = "talkative"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigKey)
    owner: Mapped[Owner | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)
    forced: Mapped[bool]
    name: Mapped[str] = mapped_column(String(200), info=clear(Clear.PUBLISHED))
    index: Mapped[str] = mapped_column(String(64), info=blind(Blind.KEYED))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


def test_a_type_or_the_column_itself_says_it() -> None:
    said = {each.column.name: each.standing for each in columns.of(Apart.registry)}
    assert [said[name].reason for name in ("id", "number", "owner", "at", "forced", "name", "index", "sealed")] == [
        *(Clear.IDENTIFIER, Clear.NUMBER, Clear.CODE, Clear.MOMENT, Clear.FLAG, Clear.PUBLISHED, Blind.KEYED, None)
    ]
    assert said["sealed"].owners == (Owner.CASE,)
    with pytest.raises(ValueError, match="nobody"):
        sealed_to()


def test_columns_that_say_nothing_are_found() -> None:
    class Elsewhere(DeclarativeBase):
        pass

    class Silent(Elsewhere):
        __tablename__ = "silent"

        id: Mapped[str] = mapped_column(Id, primary_key=True)
        words: Mapped[str] = mapped_column(String(200))
        kept: Mapped[bytes] = mapped_column(LargeBinary)
        age: Mapped[int]
        told: Mapped[dict[str, Any]] = mapped_column(Json)

    with pytest.raises(Undeclared, match=r"^silent\.words, silent\.kept, silent\.age, silent\.told$"):
        columns.of(Elsewhere.registry)


def test_the_printed_table_is_current() -> None:
    assert PRINTED.read_text(encoding="utf-8") == as_markdown()


@pytest.fixture(scope="module")
def filled(demonstration_settings: Settings) -> Iterator[Database]:
    """The demonstration, and what it has nothing of."""
    database = Database(demonstration_settings.database_url, installation.open_key_store(demonstration_settings))
    with database.writing() as session:
        case = session.scalars(select(Case).where(Case.erased_at.is_(None)).limit(1)).one()
        for owner in (case.subject_id, case.id, HOUSE):
            documents.keep(session, owner, Opened("plan.pdf", "application/pdf", b"words"), "documenter")
        situations.note(session, case.subject_id, SituationKind.UNREACHABLE, "the sister", "documenter")
        zones.keep_of_person(session, case.subject_id, "Europe/Vilnius")
        account = session.scalars(select(Account.id).limit(1)).one()
        saved.keep(session, account, "documenter.people", "Mine", "find=K")
        webhooks.ask_for(session, stores.listed(session)[0], "https://example.org/nudge")
    yield database
    database.close()


def sealed() -> list[Declared]:
    return [each for each in listed() if each.standing.owners and each.column.table.name in metadata.tables]


class Owners:
    """Whose key is whose."""

    def __init__(self, session: Session) -> None:
        packages = {*session.scalars(select(RightsPackage.key_owner)), *session.scalars(select(StoreTask.id))}
        self._of: Mapping[Owner, set[str]] = {
            Owner.PERSON: set(session.scalars(select(Subject.id))),
            Owner.CASE: set(session.scalars(select(Case.id))),
            Owner.HOUSE: {HOUSE},
            Owner.REQUEST: set(session.scalars(select(RightsRequest.id))),
            Owner.PACKAGE: packages,
        }
        self._session = session

    def near(self, declared: Declared, row: Row[Any]) -> Iterator[str]:
        """Those whom a row may be sealed to, as its column says."""
        near = {HOUSE, *self._ids(declared.column.table, row, FAR)}
        for owner in declared.standing.owners:
            yield from near & self._of[owner]

    def _ids(self, table: Table, row: Row[Any], far: int) -> Iterator[str]:
        values = row._mapping
        yield from (value for value in values.values() if isinstance(value, str))
        for key in (key for column in table.columns for key in column.foreign_keys if far and values[column.name]):
            there = select(key.column.table).where(key.column == values[key.parent.name])
            for found in self._session.execute(there):
                yield from self._ids(key.column.table, found, far - 1)


def is_sealed(session: Session, owners: Owners, declared: Declared, row: Row[Any]) -> bool:
    """Whether a value opens at its own place under the key of whom its column says, and under no other way."""
    table, values = declared.column.table, row._mapping
    primary = ":".join(str(values[column.name]) for column in table.primary_key)
    places = {f"{declared.column}:{name}" for name in (primary, values.get("id", primary))}
    return any(
        _opens(session, owner, place, values[declared.column.name])
        for owner in owners.near(declared, row)
        for place in places
    )


def _opens(session: Session, owner: str, place: str, value: bytes) -> bool:
    try:
        keyring(session).unseal(owner, place, value)
    except KeyDestroyed:
        return value[:1] == b"\x01" and not _is_text(value)
    except (KeyUnknown, Unreadable):
        return False
    return True


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def concerns_nobody(declared: Declared, row: Row[Any]) -> bool:
    return declared.standing.reason is not None and row._mapping["subject_id"] is None


def unsealed(session: Session, declared: Declared) -> tuple[int, int]:
    """How many values of a column there are, and how many are not sealed as it says."""
    owners, table = Owners(session), declared.column.table
    rows = session.execute(select(table).where(declared.column.is_not(None))).all()
    held = [row for row in rows if not concerns_nobody(declared, row)]
    return len(held), sum(not is_sealed(session, owners, declared, row) for row in held)


def test_what_is_sealed_opens_for_its_owner_at_its_place_alone(filled: Database) -> None:
    with filled.reading() as session:
        found = {str(each.column): unsealed(session, each) for each in sealed()}
    assert {name: wrong for name, (_, wrong) in found.items() if wrong} == {}
    assert {name for name, (values, _) in found.items() if not values} == EMPTY


def test_what_stands_in_clear_or_under_another_key_is_found(filled: Database) -> None:
    planted = next(each for each in sealed() if str(each.column) == "documents.about")
    table = planted.column.table
    with filled.writing() as session:
        whole, wrong = unsealed(session, planted)
        (first, second), place = session.execute(select(table.c.id, table.c.owner).limit(2)).all(), "documents.about"
        other = keyring(session).seal(second.owner, f"{place}:{first.id}", b"words")
        for content in (b'{"name": "Anna.pdf"}', other):
            session.execute(update(table).where(table.c.id == first.id).values(about=content))
            assert unsealed(session, planted) == (whole, wrong + 1)
        session.rollback()


def words_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (word for pair in value.items() for each in pair for word in words_in(each))
    elif isinstance(value, list):
        yield from (word for each in value for word in words_in(each))
    elif isinstance(value, str):
        yield value


def is_one_word(value: str) -> bool:
    return re.fullmatch(r"(Art\. )?[^\s@]*", value) is not None


def test_a_code_or_an_identifier_in_clear_is_one_word(filled: Database) -> None:
    found: dict[str, set[str]] = {}
    with filled.reading() as session:
        for each in listed():
            if each.standing.reason in ONE_WORD and each.column.table.name in metadata.tables:
                values = session.scalars(select(each.column).distinct())
                found[str(each.column)] = {
                    word for value in values for word in words_in(value) if not is_one_word(word)
                }
    assert {name: words for name, words in found.items() if words} == {}


def test_a_sentence_or_a_contact_is_no_code() -> None:
    assert all(map(is_one_word, ("M-0001", "Art. 6(1)(f)", "share.icc", "")))
    assert not any(map(is_one_word, ("by the partner", "anna@example.org", "two\nlines")))
