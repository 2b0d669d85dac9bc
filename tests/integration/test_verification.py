"""One row changed, removed, inserted or reordered, anywhere in ledger, projection or feed, is found and named."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, update

from consent.ledger.answers import AnswerRow, RestrictionRow
from consent.ledger.events import EventRow
from consent.ledger.feed import FeedRow
from consent.ledger.revisions import RevisionRow
from consent.people import persons
from consent.proving import verification
from tests.consortium import Consortium
from vault import clock
from vault.database import Base

PLACES = 100
SCOPES = ("share.icc", "share.un", "share.osce", "share.lawyer", "publish.named")
TABLES: tuple[type[Base], ...] = (EventRow, AnswerRow, FeedRow)


@pytest.fixture
def world(consortium: Consortium) -> Consortium:
    """A few people with a history, one of them erased, and items; nothing protects the tables but verification."""
    random = Random(3)
    people = [consortium.enrol(f"V-{number}") for number in range(5)]
    for number in range(6):
        named = random.sample(range(5), 2)
        consortium.register({"item": f"F-{number}", "subjects": [f"V-{each}" for each in named]})
    for _ in range(25):
        person, scope = random.choice(people), random.choice(SCOPES)
        consortium.answer(person, random.choice(("granted", "ask_first", "refused")), scope)
        if random.random() < 0.3:
            consortium.withdraw(person, scope)
    with consortium.database.writing() as session:
        persons.hold(session, people[0], "test")
        persons.erase(session, people[4], "test")
    with consortium.database.writing() as session:
        persons.forget_key(session, people[4])
    with consortium.database.engine.execution_options(zhoda_writes=True).begin() as connection:
        unprotect(connection)
    assert consortium.faults() == []
    return consortium


def unprotect(connection: Connection) -> None:
    """Take the triggers away, as somebody with the database's password would."""
    if connection.dialect.name == "postgresql":
        for table in ("events", "feed", "revisions"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def rows_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


def is_row(table: Table, row: dict[str, Any]) -> Any:
    found = None
    for column in table.primary_key.columns:
        same = column == row[column.name]
        found = same if found is None else found & same
    return found


def other(random: Random, value: Any) -> Any:
    """A value of the same type that is not `value`."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice((1, -1))
    if isinstance(value, bytes):
        place = random.randrange(len(value)) if value else 0
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    if isinstance(value, dict):
        return {**value, "onward": "allowed"} if value.get("onward") != "allowed" else {}
    if isinstance(value, list):
        return [*value, "birch-too"]
    return value if value is None else value.replace(year=value.year - 1)


def change(random: Random, connection: Connection, table: Table) -> dict[str, Any]:
    while True:
        row = random.choice(rows_of(connection, table))
        name = random.choice([column.name for column in table.columns if row[column.name] is not None])
        spoilt = other(random, row[name])
        if spoilt != row[name] and (
            name not in table.primary_key.columns or is_free(connection, table, row, name, spoilt)
        ):
            connection.execute(update(table).where(is_row(table, row)).values({name: spoilt}))
            return row


def is_free(connection: Connection, table: Table, row: dict[str, Any], name: str, spoilt: Any) -> bool:
    if name == "store_id":
        return False  # the database holds that one itself
    return connection.execute(select(table).where(is_row(table, row | {name: spoilt}))).first() is None


def remove(random: Random, connection: Connection, table: Table) -> dict[str, Any]:
    row = random.choice(rows_of(connection, table))
    connection.execute(delete(table).where(is_row(table, row)))
    return row


def put_in(random: Random, connection: Connection, table: Table) -> dict[str, Any]:
    rows = rows_of(connection, table)
    row = dict(random.choice(rows))
    if table.name == "answers":
        row["scope"] = "share.successor"
    elif table.name == "events":
        row |= {"position": len(rows) + 1, "id": other(random, row["id"])}
    else:
        row["cursor"] = 1 + max(each["cursor"] for each in rows if each["store_id"] == row["store_id"])
    connection.execute(insert(table).values(**row))
    return row


def reorder(random: Random, connection: Connection, table: Table) -> dict[str, Any]:
    """Two rows change places: each keeps its place's key, and has all else of the other."""
    keys = {column.name for column in table.primary_key.columns} | {"id"}
    while True:
        one, two = random.sample(rows_of(connection, table), 2)
        if table.name == "feed" and one["store_id"] != two["store_id"]:
            continue
        contents = [{name: value for name, value in row.items() if name not in keys} for row in (one, two)]
        if contents[0] != contents[1]:
            connection.execute(update(table).where(is_row(table, one)).values(**contents[1]))
            connection.execute(update(table).where(is_row(table, two)).values(**contents[0]))
            return min(one, two, key=lambda row: [str(row[name]) for name in sorted(keys & row.keys())])


@pytest.mark.parametrize("tamper", [change, remove, put_in, reorder], ids=lambda tamper: tamper.__name__)
def test_whatever_is_done_to_a_row_is_found_and_named(
    world: Consortium, tamper: Callable[[Random, Connection, Table], dict[str, Any]]
) -> None:
    random = Random(tamper.__name__)
    for number in range(PLACES):
        table = TABLES[number % len(TABLES)].__table__
        assert isinstance(table, Table)
        with world.database.writing() as session:
            row = tamper(random, session.connection(), table)
            found = list(verification.faults(session))
            session.rollback()
        assert found, (tamper.__name__, table.name, row)
        assert any(names(fault, table, row) for fault in found), (found, table.name, row)
    assert world.faults() == []


def names(fault: str, table: Table, row: dict[str, Any]) -> bool:
    """Whether a fault speaks of that row, or of the end that it was at."""
    if table.name == "events":
        numbers = {int(number) for number in re.findall(r"\d+", fault)}
        near = {row["position"], row["position"] - 1, row["position"] + 1}
        return fault.startswith(("ledger", "projection")) and (bool(numbers & near) or str(row["subject_id"]) in fault)
    if table.name == "answers":
        return fault.startswith("projection") and (row["subject_id"] in fault or row["subject_id"][:-1] in fault)
    numbers = {int(number) for number in re.findall(r"\d+", fault)}
    return fault.startswith("feed") and (row["cursor"] in numbers or "head" in fault or row["cursor"] + 1 in numbers)


def faults_after(world: Consortium, statement: Any) -> Iterator[str]:
    with world.database.writing() as session:
        session.execute(statement.execution_options(synchronize_session=False))
        yield from list(verification.faults(session))
        session.rollback()


def test_a_revisions_time_and_a_restriction_are_looked_at_too(world: Consortium) -> None:
    late = update(RevisionRow).where(RevisionRow.revision == 4).values(recorded_at=clock.now() - timedelta(days=1))
    assert any("4" in fault for fault in faults_after(world, late))
    lifted = update(RestrictionRow).where(RestrictionRow.state == "safety_hold").values(active=False)
    assert any(fault.startswith("projection") for fault in faults_after(world, lifted))
