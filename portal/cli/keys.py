"""`zhoda key`: the keys that wrap all others, copies of the key store, and what must stay destroyed."""

import time

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from portal.access import accounts, second_factor
from portal.access.accounts import Account, Role
from portal.cli.opening import with_installation, with_installation_settings
from portal.settings import Settings
from vault import audit, staff
from vault.database import Database
from vault.key_backups import KeyBackups
from vault.wrapping import KeyFile, KeyKind

# Longer than any transaction that may still wrap by the key it read before the file was replaced.
_LAST_WRAPPINGS = 2.0


@click.group()
def key() -> None:
    """Keys and their copies."""


@key.command("list")
@with_installation_settings
def list_(database: Database, settings: Settings) -> None:
    """Show how many keys of each kind there are, and the copies of the key store."""
    table = Table("kind", "keys", "destroyed", "wrapping keys known", box=None)
    wrapping = database.keys.wrapping
    for kind, (present, gone) in database.keys.counts().items():
        known = str(wrapping.known(kind)) if isinstance(wrapping, KeyFile) else ""
        table.add_row(kind.value, str(present), str(gone), known)
    Console(width=100, highlight=False).print(table)
    for path, made in _backups(settings).all().items():
        click.echo(f"copy of {made:%Y-%m-%d %H:%M} UTC: {path}")


@key.command()
@click.argument("kind", type=click.Choice([kind.value for kind in KeyKind]))
@click.option("--by", "names", multiple=True, metavar="EMAIL", help="An administrator; two are needed.")
@with_installation
def rotate(database: Database, kind: str, names: tuple[str, ...]) -> None:
    """Replace the key that wraps all keys of KIND, while the portal serves. Two administrators give a code each."""
    wrapping = database.keys.wrapping
    if not isinstance(wrapping, KeyFile):
        raise click.ClickException("these keys are not in a file: rotate them where they are, then `zhoda key rewrap`")
    with database.writing() as session:
        both = _confirmed(session, names)
        for account in both:
            audit.record(session, account.as_actor(), f"key.rotate.{kind}")
    wrapping.begin_rotation(KeyKind(kind))
    done = database.keys.rewrap(KeyKind(kind))
    time.sleep(_LAST_WRAPPINGS)
    database.keys.rewrap(KeyKind(kind))
    wrapping.end_rotation(KeyKind(kind))
    click.echo(f"rotated: {done} keys of kind {kind}")


def _confirmed(session: Session, names: tuple[str, ...]) -> list[Account]:
    found = [accounts.find(session, name) for name in names]
    both = {each.id: each for each in found if each is not None and each.role == Role.ADMINISTRATOR}
    if len(both) != 2 or any(each.disabled_at for each in both.values()) or staff.same_person(session, *both):
        raise click.ClickException("name two administrators: --by EMAIL --by EMAIL")
    for account in both.values():
        code = click.prompt(f"code of {accounts.sign_in_name(session, account)}", hide_input=True)
        if not second_factor.attempt(session, account, code):
            raise click.ClickException("that code did not work")
    return list(both.values())


@key.command()
@click.argument("kind", type=click.Choice([kind.value for kind in KeyKind]))
@with_installation
def rewrap(database: Database, kind: str) -> None:
    """Wrap all keys of KIND by the present key-encryption key: after a rotation in the environment or a service."""
    click.echo(f"wrapped: {database.keys.rewrap(KeyKind(kind))} keys of kind {kind}")
    with database.writing() as session:
        audit.record(session, audit.SYSTEM, f"key.rewrap.{kind}")


@key.command()
@with_installation_settings
def backup(database: Database, settings: Settings) -> None:
    """Copy the key store, and remove copies older than KEY_BACKUP_DAYS (7 at most)."""
    click.echo(f"copied: {_backups(settings).make(database.keys)}")


@key.command("destroy-again")
@with_installation
def destroy_again(database: Database) -> None:
    """Destroy the keys that came back with a restored key store."""
    owners = database.keys.come_back()
    database.keys.destroy(*owners)
    with database.writing() as session:
        audit.record(session, audit.SYSTEM, "key.destroy_again")
    click.echo(f"destroyed again: {len(owners)}")


def _backups(settings: Settings) -> KeyBackups:
    return KeyBackups(settings.key_backup_dir, settings.key_backup_days)
