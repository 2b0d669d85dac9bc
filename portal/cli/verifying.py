"""`zhoda verify`: whether everything that is derived from the ledger still equals it."""

import click
from rich.console import Console

from consent import installed, ledger
from portal.cli.opening import with_installation
from vault.database import Database


@click.command()
@with_installation
def verify(database: Database) -> None:
    """Rebuild the present state from the ledger and compare; status 1 and a line for each fault found."""
    with database.reading() as session, Console(stderr=True).status("Checking the ledger"):
        faults = list(ledger.verify(session))
        state = installed.state(session)
    for fault in faults:
        click.echo(fault)
    if faults:
        raise SystemExit(1)
    click.echo(
        f"whole: {state.events} events, {state.revision} revisions, {state.people} people, "
        f"{state.items} items, {state.stores} stores"
    )
