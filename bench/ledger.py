"""The ledger: verifying it, and writing a withdrawal."""

import hashlib
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from bench.bars import Figure
from bench.measuring import Row
from consent.ledger import answers
from consent.ledger.events import EventRow
from consent.ledger.items import ItemLink
from consent.proving import installed, verification
from consent.saying import withdrawal
from vault.database import Database

_WITHDRAWALS = 60


def size(database: Database) -> str:
    """How much there is, in words."""
    with database.reading() as session:
        state = installed.state(session)
    return f"{state.people:,} people, {state.items:,} items, {state.events:,} events"


def rows(database: Database) -> Iterator[Row]:
    """The rows about the ledger."""
    with database.reading() as session:
        count = session.scalar(select(func.count(EventRow.position))) or 0
        began = time.perf_counter()
        faults = list(verification.faults(session))
        taken = time.perf_counter() - began
        began = time.perf_counter()
        for sealed in session.scalars(select(EventRow.sealed).execution_options(yield_per=2000)):
            hashlib.sha256(sealed).digest()
        bare = time.perf_counter() - began
    assert faults == [], faults[:3]
    yield Row(
        Figure.VERIFY,
        taken / count,
        "`zhoda verify`, per event, feeds and all",
        f"{taken / count * 1e6:.0f} µs",
        f"reading and hashing each event once, {bare / count * 1e6:.0f} µs",
        taken / bare,
    )
    few, many = _withdrawals(database)
    durable = _bare_insert()
    yield Row(
        Figure.WITHDRAWAL,
        few,
        "a withdrawal, until its commit has returned",
        f"{few * 1e3:.1f} ms",
        f"a bare durable insert, {durable * 1e3:.1f} ms",
        few / durable,
    )
    yield Row(
        Figure.WITHDRAWAL_OF_MANY,
        many,
        "a withdrawal of somebody in many items",
        f"{many * 1e3:.1f} ms",
        f"of somebody in few, {few * 1e3:.1f} ms",
        many / few,
    )


def _withdrawals(database: Database) -> tuple[float, float]:
    """How long a withdrawal takes of people in few items, and in many (s)."""
    with database.reading() as session:
        counted = select(ItemLink.subject_id, func.count().label("links")).group_by(ItemLink.subject_id).subquery()
        standing = select(answers.AnswerRow.subject_id, answers.AnswerRow.scope).where(
            answers.AnswerRow.code == "granted",
            answers.AnswerRow.scope.like("share.%"),
            answers.AnswerRow.context == "",
        )
        found = session.execute(
            standing.add_columns(counted.c.links)
            .join(counted, counted.c.subject_id == answers.AnswerRow.subject_id)
            .order_by(counted.c.links)
        ).all()
    few, many = found[: _WITHDRAWALS * 3], found[-_WITHDRAWALS * 3 :]
    return tuple(median(_withdraw(database, rows)) for rows in (few, many))  # type: ignore[return-value]


def _withdraw(database: Database, rows: list[object]) -> Iterator[float]:
    statement = withdrawal.Statement(withdrawal.Channel.PORTAL, "bench")
    for subject_id, scope, _links in random.Random(5).sample(rows, _WITHDRAWALS):  # type: ignore[misc]
        began = time.perf_counter()
        with database.writing() as session:
            withdrawal.withdraw(session, subject_id, [scope], statement=statement)
        yield time.perf_counter() - began


def _bare_insert() -> float:
    """How long it takes to insert one row durably (s)."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parents[1] / "var") as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content BLOB)")
        taken = []
        for _ in range(_WITHDRAWALS):
            began = time.perf_counter()
            connection.execute("INSERT INTO rows (content) VALUES (?)", (bytes(600),))
            taken.append(time.perf_counter() - began)
        connection.close()
    return median(taken)
