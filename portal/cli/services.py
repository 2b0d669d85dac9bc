"""`zhoda services`: the directory of services, out and in as HSDS 3.0."""

import json
import os
from pathlib import Path

import click

from mhpss.hsds import bringing_in, reading, writing
from portal.cli.opening import with_installation
from portal.words.directory import fault_in_words
from vault import audit
from vault.database import Database

SOME_REJECTED = 3


@click.group()
def services() -> None:
    """The directory of services."""


@services.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--confidential", is_flag=True, help="With the services of confidential providers: for a safe only.")
@with_installation
def export(database: Database, file: Path, confidential: bool) -> None:
    """Write the directory to FILE as a JSON array of HSDS 3.0 services.

    How referrals reach a provider, and the agreement with it, are never in it.
    """
    with database.writing() as session:
        found = writing.export(session, confidential=confidential)
        audit.record(session, audit.SYSTEM, "service.export_confidential" if confidential else "service.export")
    _write(file, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    if confidential:
        click.echo("zhoda: confidential providers are in this file; whoever holds it can find them", err=True)
    click.echo(f"services: {len(found)}")


@services.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_installation
def import_(database: Database, file: Path) -> None:
    """Bring the services of FILE, a JSON array of HSDS 3.0 services, into the directory.

    All of it is checked first; where anything is wrong, every bad place is named, nothing is written, and the status is
    3. Status 2: it cannot be read. Doing it again changes nothing.
    """
    try:
        with database.reading() as session:
            checked = bringing_in.against(session, reading.check(file.read_bytes()))
    except reading.Unreadable as error:
        raise click.ClickException(f"{file}: {error}") from error
    for fault in checked.faults:
        click.echo(fault_in_words(fault), err=True)
    if checked.faults:
        click.echo("zhoda: nothing was brought in", err=True)
        raise SystemExit(SOME_REJECTED)
    with database.writing() as session:
        brought = bringing_in.bring_in(session, checked)
        audit.record(session, audit.SYSTEM, "service.import")
    for name, count in (
        ("new", brought.new),
        ("changed", brought.changed),
        ("as before", brought.same),
        ("older", brought.older),
        ("fields unread", checked.unread),
    ):
        click.echo(f"{name + ':':<15}{count}")


def _write(file: Path, text: str) -> None:
    """Write beside the file first, readable by its owner alone, so that half a file never stands under its name."""
    begun = file.with_name(f"{file.name}.part")
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    begun.replace(file)
