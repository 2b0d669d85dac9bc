"""A list of 3,200 people: any order, filter and page of it, and its file.

The consortium is one of its own: one partner with 3,200 people enrolled. What is not there is made first.
"""

from collections.abc import Iterator
from pathlib import Path

from flask_login import FlaskLoginClient

from bench import kept
from bench.bars import Figure
from bench.desks import page_seconds
from bench.measuring import Row
from consent.people import organisations, subjects
from consent.people.subjects import Enrolment
from portal.access import accounts, sessions
from portal.access.accounts import Role
from portal.app import create_app
from vault.database import Database

PEOPLE = 3200
_DESK = "documenter.bench@example.org"
_ASKED = ("", "?sort=-code", "?sort=since", "?sort=-since&page=64", "?page=33", "?find=K-1", "?find=V-1600")


def rows(folder: Path) -> Iterator[Row]:
    """The rows about lists; `folder` keeps the consortium that they are measured with."""
    with kept.consortium(folder, Enrolment, _make) as (settings, database):
        app = create_app(settings, database)
        app.test_client_class = FlaskLoginClient
        with database.writing() as session:
            account = accounts.find(session, _DESK)
            assert account is not None
            client = app.test_client(user=sessions.begin(session, account))
        timed = sorted((page_seconds(client, f"/people/{asked}"), asked or "as it usually is") for asked in _ASKED)
        slowest, asked = timed[-1]
        of = f"median {timed[len(timed) // 2][0] * 1e3:.0f} ms of {len(timed)} ways to ask"
        yield Row(Figure.LIST, slowest, f"a list of {PEOPLE:,} people ({asked})", f"{slowest * 1e3:.0f} ms", of)
        taken = page_seconds(client, "/people/list.csv")
        yield Row(Figure.LIST_FILE, taken, "its file", f"{taken * 1e3:.0f} ms", "each person's reading written down")


def _make(database: Database) -> None:
    with database.writing() as session:
        session.add(organisations.Organisation(key="alder", name="alder (fictional)", country="DK"))
        session.flush()
        subjects.enrol_many(session, "alder", [[f"V-{number}"] for number in range(PEOPLE)])
        accounts.create(session, Role.DOCUMENTER, "alder", _DESK, "river lamp stone apple", language="be")
