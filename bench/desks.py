"""The desks' pages: how long the server takes for each, with fifty requests in the officer's queue."""

import time
from collections.abc import Iterator
from statistics import median

from flask_login import FlaskLoginClient
from sqlalchemy import select

from bench.bars import Figure
from bench.measuring import Row
from consent.rights import receiving, requests
from consent.rights.receiving import Received
from portal.access import sessions
from portal.access.accounts import Account, Role
from portal.app import create_app
from portal.settings import Settings
from vault.database import Database

_REQUESTS, _ROUNDS = 50, 5
_OFFICER = ("/protection/", "/protection/requests/", "/protection/requests/?state=all", "/protection/register/")
_SURVIVOR = ("/my/", "/my/choices/accountability", "/my/choices/stop?all=1", "/my/requests/")


def rows(settings: Settings, database: Database) -> Iterator[Row]:
    """The rows about pages."""
    references = _fill_the_queue(database)
    app = create_app(settings, database)
    app.test_client_class = FlaskLoginClient
    for figure, role, pages in (
        (Figure.OFFICERS_PAGE, Role.DPO, (*_OFFICER, *(f"/protection/requests/{each}" for each in references))),
        (Figure.SURVIVORS_PAGE, Role.SURVIVOR, _SURVIVOR),
    ):
        with database.writing() as session:
            account = session.scalars(
                select(Account).where(Account.role == role, Account.disabled_at.is_(None))
            ).first()
            assert account is not None
            client = app.test_client(user=sessions.begin(session, account))
        timed = sorted((page_seconds(client, page), page) for page in pages)
        slowest, page = timed[-1]
        of = f"median {timed[len(timed) // 2][0] * 1e3:.0f} ms of {len(timed)} pages"
        shown = "one request" if "R-" in page else page
        yield Row(figure, slowest, f"the {role.value}'s slowest page ({shown})", f"{slowest * 1e3:.0f} ms", of)


def _fill_the_queue(database: Database) -> list[str]:
    with database.writing() as session:
        while len(requests.listed(session)) < _REQUESTS:
            receiving.receive(session, "alder", Received("access", "mail", "en", "fictional"), "bench")
        return [each.reference for each in requests.listed(session)][:_REQUESTS]


def page_seconds(client: FlaskLoginClient, page: str) -> float:
    """How long the server takes for a page (s): the median of some rounds."""
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        answer = client.get(page)
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, (page, answer.status_code)
    return median(taken)
