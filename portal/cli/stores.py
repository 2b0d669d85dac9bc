"""`zhoda store`: evidence stores and their tokens."""

from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import update
from sqlalchemy.orm import Session

from consent.ledger import scopes, stores, webhooks
from portal.cli.opening import check_organisation, with_installation
from vault import audit, clock, signing
from vault.database import Database


@click.group()
def store() -> None:
    """Evidence stores and their tokens."""


@store.command()
@click.argument("name")
@click.option("--organisation", metavar="KEY", required=True)
@click.option("--may-declare-no-data-subject", is_flag=True, help="It may say of an item that it shows nobody.")
@click.option("--network", "networks", multiple=True, metavar="CIDR", help="Where its token may be used from.")
@with_installation
def add(
    database: Database,
    name: str,
    organisation: str,
    may_declare_no_data_subject: bool,
    networks: tuple[str, ...],
) -> None:
    """Add a store and show its token, this once."""
    with database.writing() as session:
        check_organisation(session, organisation)
        if any(known.name == name for known in stores.listed(session)):
            raise click.ClickException(f"there is a store {name!r} already")
        added = stores.create(
            session,
            name,
            organisation,
            scopes.catalogue(session),
            may_declare_no_data_subject=may_declare_no_data_subject,
        )
        issued = _issue(session, added, networks)
        audit.record(session, audit.SYSTEM, "store.create")
    click.echo(issued)


@store.command()
@click.argument("name")
@click.option("--network", "networks", multiple=True, metavar="CIDR", help="Where it may be used from.")
@with_installation
def token(database: Database, name: str, networks: tuple[str, ...]) -> None:
    """Issue one more token for a store and show it, this once."""
    with database.writing() as session:
        issued = _issue(session, _named(session, name), networks)
        audit.record(session, audit.SYSTEM, "store.token")
    click.echo(issued)


@store.command()
@click.argument("name")
@with_installation
def revoke(database: Database, name: str) -> None:
    """Revoke every token of a store, from this moment."""
    with database.writing() as session:
        revoked = _revoke_tokens(session, _named(session, name))
        audit.record(session, audit.SYSTEM, "store.revoke")
    click.echo(f"tokens revoked: {revoked}")


@store.command()
@click.argument("name")
@click.argument("address")
@with_installation
def webhook(database: Database, name: str, address: str) -> None:
    """Nudge a store at ADDRESS when its feed has something new; shows the secret that signs, this once."""
    with database.writing() as session:
        try:
            secret = webhooks.ask_for(session, _named(session, name), address)
        except webhooks.BadAddress as error:
            raise click.ClickException("a webhook's address begins with https://") from error
        audit.record(session, audit.SYSTEM, "store.webhook")
    click.echo(secret)


@store.command("end-webhook")
@click.argument("name")
@with_installation
def end_webhook(database: Database, name: str) -> None:
    """Nudge a store no more."""
    with database.writing() as session:
        if not webhooks.end(session, _named(session, name)):
            raise click.ClickException(f"{name} has no webhook")
        audit.record(session, audit.SYSTEM, "store.end_webhook")
    click.echo("ended")


@store.command()
@with_installation
def key(database: Database) -> None:
    """Show the key that stores pin: whatever it signs or vouches for may be believed."""
    with database.reading() as session:
        click.echo(signing.anchor(session))


@store.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--portal", "address", metavar="ADDRESS", required=True, help="Where the portal answers.")
@click.option("--name", required=True, help="The store's name in the portal.")
@click.option("--token", envvar="STORE_TOKEN", required=True, help="The store's token; better in STORE_TOKEN.")
@click.option("--key", metavar="VERIFIER", required=True, help="The key to believe, as `zhoda store key` shows it.")
@click.option("--replica", type=click.Path(dir_okay=False, path_type=Path), help="Default: beside the folder.")
@click.option("--staleness", type=click.IntRange(min=1), default=300, show_default=True, help="Seconds.")
@click.option("--port", type=click.IntRange(0, 65535), default=8100, show_default=True)
def serve(
    folder: Path, address: str, name: str, token: str, key: str, replica: Path | None, staleness: int, port: int
) -> None:
    """Run a reference evidence store: a FOLDER of files with an items.ndjson that describes them.

    It registers them, follows the portal, and shows on its page what may and may not be shown.
    """
    from portal import reference_store
    from portal.reference_store import running

    try:
        running.run(
            folder,
            replica or folder.resolve().with_suffix(".replica"),
            address,
            token,
            name,
            key,
            timedelta(seconds=staleness),
            port,
        )
    except (reference_store.BadHoldings, running.CannotRun) as error:
        raise click.ClickException(str(error)) from error


def _named(session: Session, name: str) -> stores.Store:
    for known in stores.listed(session):
        if known.name == name:
            return known
    raise click.ClickException(f"no store {name!r}")


def _revoke_tokens(session: Session, known: stores.Store) -> int:
    open_ones = update(stores.StoreToken).where(
        stores.StoreToken.store_id == known.id, stores.StoreToken.revoked_at.is_(None)
    )
    return session.execute(open_ones.values(revoked_at=clock.now())).rowcount  # type: ignore[attr-defined,no-any-return]


def _issue(session: Session, known: stores.Store, networks: tuple[str, ...]) -> str:
    try:
        return stores.issue_token(session, known, networks=networks)
    except ValueError as error:
        raise click.ClickException(f"--network: {error}") from error
