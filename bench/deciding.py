"""Deciding: on a replica, in the portal, and as one call of ten thousand questions."""

import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from bench.bars import Figure
from bench.measuring import Row, per_second, seconds, seconds_once
from consent import rules
from consent.client import Follower, Replica
from consent.deciding import decisions
from consent.ledger import stores
from consent.ledger.items import Item
from portal import stores as api
from portal.frame import transaction
from tests.following import PortalInProcess
from vault import signing
from vault.database import Database

_SCOPE, _RECIPIENT = "share.icc", "icc-otp"
STORE = "Closed-source database"
CATALOGUE = "Open-source catalogue"


@contextmanager
def replica_of(database: Database, name: str = STORE) -> Iterator[tuple[Replica, Follower, Path]]:
    """A fresh replica of a store, with nothing in it yet."""
    app = Flask("api")
    transaction.init_app(app, database)
    api.init_app(app)
    with database.writing() as session:
        store = next(each for each in stores.listed(session) if each.name == name)
        token = stores.issue_token(session, store)
        key = str(signing.anchor(session))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "replica.db"
        replica = Replica(path, name, key)
        yield replica, Follower(PortalInProcess(app, token), replica), path
        replica.close()


def rows(database: Database) -> Iterator[Row]:
    """The rows about deciding."""
    with database.reading() as session:
        store = next(each for each in stores.listed(session) if each.name == STORE)
        names = list(session.scalars(select(Item.external_id).where(Item.store_id == store.id, Item.registered)))
    asked = random.Random(1).choices(names, k=2000)
    with replica_of(database) as (replica, follower, path):
        follower.catch_up()
        local = per_second(lambda: sum(1 for name in asked if replica.may(name, _SCOPE, _RECIPIENT)))
        bare = sqlite3.connect(path)
        query = (
            "SELECT p.subject, a.code, a.answer FROM items i JOIN people p ON p.item = i.item "
            "LEFT JOIN answers a ON a.subject = p.subject AND a.scope = ? WHERE i.item = ?"
        )
        read = per_second(
            lambda: sum(1 for name in asked if bare.execute(query, (_SCOPE, name)).fetchall() is not None)
        )
        bare.close()

    def one_by_one() -> int:
        for name in asked[:200]:
            with database.reading() as session:
                decisions.decide_many(session, store.id, [decisions.Asked(name, _SCOPE, _RECIPIENT)])
        return 200

    portal = per_second(one_by_one)
    yield Row(
        Figure.MAY,
        local,
        "`may()` on a replica",
        f"{local:,.0f}/s",
        f"a bare SQLite read of the same rows, {read:,.0f}/s",
        local / read,
    )
    beside = f"`may()`, {local:,.0f}/s"
    yield Row(Figure.ONE_DECISION, portal, "one decision in the portal", f"{portal:,.0f}/s", beside, portal / local)
    questions = [decisions.Asked(name, _SCOPE, _RECIPIENT) for name in random.Random(2).choices(names, k=10_000)]

    def ten_thousand() -> None:
        with database.reading() as session:
            decisions.decide_many(session, store.id, questions)

    taken = seconds(ten_thousand)
    yield Row(
        Figure.TEN_THOUSAND,
        taken,
        "10,000 decisions from one snapshot",
        f"{taken:.2f} s",
        f"10,000 times `may()`, {10_000 / local:.2f} s",
        taken * local / 10_000,
    )
    yield _selecting(database, taken)


def _selecting(database: Database, ten_thousand: float) -> Row:
    with database.reading() as session:
        catalogue = next(each for each in stores.listed(session) if each.name == CATALOGUE)
    selected = decisions.select_items(database, catalogue, _SCOPE, _RECIPIENT, None)
    counted: Counter[rules.Outcome] = Counter()
    taken = seconds_once(lambda: counted.update(each.decision.outcome for each in selected))
    each = taken / counted.total()
    return Row(
        Figure.SELECTION,
        taken,
        f"a selection of all {counted.total():,} items of a catalogue, measured once",
        f"{taken:.1f} s",
        f"deciding as many by name, {ten_thousand / 10_000 * counted.total():.1f} s",
        each / (ten_thousand / 10_000),
    )
