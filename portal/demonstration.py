"""A demonstration is known by the fictional partners in its database, whatever files lie beside it."""

import tomllib
from functools import cache
from pathlib import Path

from sqlalchemy import inspect

from consent.people import organisations
from consent.people.organisations import Organisation
from portal.settings import BadSetting, Settings
from vault.database import Database

_FICTIONAL = "(fictional)"


def is_demonstration(database: Database) -> bool:
    """Whether a partner of the demonstration is in the database: then everybody knows how its people sign in."""
    return any((each.key, each.name) in _partners() for each in _listed(database))


def refuse_disguise(settings: Settings, database: Database) -> None:
    """Let nobody serve a demonstration as if its people were real, nor real people by the ease of a demonstration.

    Raises:
        BadSetting: the settings say another thing than the database.
    """
    if not settings.demo and is_demonstration(database):
        raise BadSetting(
            "the database is a demonstration's, whose passphrases everybody knows: set DATABASE_URL or DATA_DIR to "
            "another, or serve it by `zhoda serve --demo` from the folder with its demo.json"
        )
    listed = _listed(database) if settings.demo else []
    if listed and not any(_FICTIONAL in each.name for each in listed):
        raise BadSetting(
            "the partners in the database are not fictional: unset ZHODA_DEMO, leave out --demo, "
            "and set DATA_DIR to a folder without demo.json"
        )


def _listed(database: Database) -> list[Organisation]:
    # An installation that was never prepared has no tables, and nobody in it.
    if not inspect(database.engine).has_table(Organisation.__tablename__):
        return []
    with database.reading() as session:
        return organisations.listed(session)


@cache
def _partners() -> frozenset[tuple[str, str]]:
    plan = tomllib.loads((Path(__file__).parent / "demo" / "consortium.toml").read_text(encoding="utf-8"))
    return frozenset((each["key"], each["name"]) for each in plan["organisations"])
