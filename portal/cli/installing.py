"""`zhoda init` and `zhoda migrate`: making an installation, and bringing it to the newest form."""

import re

import click

from consent.catalogue import forms, recipients
from consent.ledger import scopes
from consent.people import organisations
from portal import installation
from portal.cli.opening import with_installation, with_settings
from portal.settings import Settings
from vault.database import Database

_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@click.command()
@click.option(
    "--partner",
    "partners",
    nargs=3,
    multiple=True,
    metavar="KEY NAME COUNTRY",
    help="A partner organisation to enter; may be repeated.",
)
@with_settings
def init(settings: Settings, partners: tuple[tuple[str, str, str], ...]) -> None:
    """Prepare an installation: keys, databases, the shipped catalogue. Harmless when it is there."""
    for key, _name, country in partners:
        if not _KEY.fullmatch(key) or not _COUNTRY.fullmatch(country):
            raise click.ClickException("a partner is a KEY of small letters, a NAME and a COUNTRY such as LT")
    database = installation.prepare(settings)
    with database.writing() as session:
        forms.ship(session)
        known = {organisation.key for organisation in organisations.listed(session)}
        for key, name, country in partners:
            if key in known:
                continue
            session.add(organisations.Organisation(key=key, name=name, country=country))
            session.flush()
            recipients.enter(session, key, "partner", dict.fromkeys(scopes.LANGUAGES, name), country)
    database.close()
    click.echo(f"ready: {settings.data_dir}")


@click.command()
@with_installation
def migrate(database: Database) -> None:
    """Bring the database to the newest form."""
    database.keys.create_tables()
    installation.migrate(database)
    click.echo("the database has the newest form")
