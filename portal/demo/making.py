"""Making the demonstration in an empty installation, whole or not at all."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import select, text

from consent.ledger.revisions import LedgerHead
from consent.people import organisations
from portal import installation
from portal.access.accounts import Role
from portal.demo import credentials, reports, rights, sign_ins
from portal.demo.directory import Directory
from portal.demo.disclosures import Disclosures
from portal.demo.house import FOUNDED, House
from portal.demo.person import Person
from portal.demo.support import Support
from portal.demo.timeline import Timeline
from portal.settings import Settings
from portal.tables import metadata
from vault import clock
from vault.database import Database

# What is being made, how much of it is done, and of how much.
Report: TypeAlias = Callable[[str, int, int], None]
_ADDRESS = "http://127.0.0.1:8000"


class NotADemonstration(Exception):
    """The installation is in use; fictional people do not go among real ones."""


def make(settings: Settings, report: Report = lambda _what, _done, _of: None) -> None:
    """Make the demonstration unless it is there; one whose making was cut short is made anew.

    Raises:
        NotADemonstration: there are people or partners in the installation. Nothing is changed.
    """
    if sign_ins.file(settings).exists():
        return
    # What the house signs in the three years to come is signed with keys of those years.
    with clock.moved_to(clock.now() - timedelta(days=FOUNDED + 1)):
        database = installation.prepare(settings)
    try:
        _begin_empty(settings, database)
        house, people = _live(database, lambda done, of: report("Three years", done, of))
        sign_ins.write(settings, _content(house, people))
        _mark(settings).unlink()
    finally:
        database.close()


def _begin_empty(settings: Settings, database: Database) -> None:
    """An installation with nobody in it and a ledger without a past, or the refusal to make one."""
    with database.reading() as session:
        known = {organisation.key for organisation in organisations.listed(session)}
        revision = session.execute(select(LedgerHead.revision)).scalar_one()
    fictional = {organisation["key"] for organisation in _plan("consortium")["organisations"]}
    if known and not (_mark(settings).exists() and known <= fictional):
        raise NotADemonstration(f"{settings.data_dir} is in use; a demonstration needs a folder of its own")
    _mark(settings).touch()
    if revision:
        # Recorded time cannot go back, and three years of history have to go in.
        with database.engine.execution_options(zhoda_writes=True).begin() as connection:
            metadata.drop_all(connection)
            connection.execute(text("DROP TABLE alembic_version"))
        installation.migrate(database)


def _mark(settings: Settings) -> Path:
    return settings.data_dir / "demo.unfinished"


def _live(database: Database, progress: Callable[[int, int], None]) -> tuple[House, list[Person]]:
    timeline = Timeline(clock.now())
    plan = _plan("people")
    house = House(_plan("consortium"), _plan("items"), timeline)
    people = [
        Person(number, person, plan["patterns"], house, timeline)
        for number, person in enumerate(plan["people"], start=1)
    ]
    rights.enter(_plan("rights"), house, timeline)
    Disclosures(_plan("disclosures"), house, people, timeline)
    services = Directory(_plan("directory"), house, timeline).takes_referrals
    Support(_plan("support"), house, people, timeline, services)
    reports.enter(house, timeline)
    house.close_the_books()
    timeline.run(database, progress)
    return house, people


def _plan(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("portal.demo") / f"{name}.toml").read_text(encoding="utf-8"))


def _content(house: House, people: list[Person]) -> dict[str, Any]:
    plan = house.plan
    return {
        "base_url": _ADDRESS,
        "organisations": [{"key": each["key"], "name": each["name"]} for each in plan["organisations"]],
        "accounts": [
            {
                "role": account.role,
                "organisation": account.organisation,
                "sign_in": sign_in,
                "passphrase": credentials.passphrase(account.language, sign_in),
                "totp_secret": credentials.totp_secret(sign_in),
                "language": account.language,
            }
            for sign_in, account in house.staff.items()
        ]
        + [
            {
                "role": Role.SURVIVOR.value,
                "organisation": person.plan["partner"],
                **_sign_in(person),
                "totp_secret": None,
                "language": person.plan["language"],
            }
            for person in people
            if person.account is not None
        ],
        "stores": [{"name": name, "token": token} for name, token in house.tokens.items()],
        "recipients": [{"key": each["key"], "class": "partner"} for each in plan["organisations"]]
        + [{"key": each["key"], "class": each["class"]} for each in plan["recipients"]],
        "subjects": [
            {
                "code": person.code,
                "organisation": person.plan["partner"],
                "interview_reference": None if person.is_erased else person.reference,
                **_sign_in(person),
            }
            for person in sorted(people, key=lambda each: each.code)
        ],
    }


def _sign_in(person: Person) -> dict[str, str | None]:
    if person.account is None:
        return {"sign_in": None, "passphrase": None}
    return {
        "sign_in": credentials.account_number(person.key),
        "passphrase": credentials.passphrase(person.plan["language"], person.key),
    }
