"""`zhoda user`: staff accounts. Survivors' accounts are made by invitation only."""

import click
import pyotp
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from consent.ledger.scopes import LANGUAGES
from portal.access import accounts, renewals
from portal.access.accounts import Role
from portal.access.words import generate_passphrase
from portal.casework import staff_accounts
from portal.cli.opening import check_organisation, with_installation
from vault import audit
from vault.database import Database

STAFF = [role.value for role in Role if role is not Role.SURVIVOR]
# What an authenticator app shows on a lock screen says nothing of what this is.
_ISSUER = "Desk"


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command()
@click.argument("sign_in", metavar="EMAIL")
@click.option("--role", type=click.Choice(STAFF), required=True)
@click.option("--organisation", metavar="KEY", required=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="be", show_default=True)
@with_installation
def add(database: Database, sign_in: str, role: str, organisation: str, language: str) -> None:
    """Add an account and show its passphrase and second factor, this once."""
    passphrase, secret = generate_passphrase(language), pyotp.random_base32()
    with database.writing() as session:
        check_organisation(session, organisation)
        if accounts.find(session, sign_in) is not None:
            raise click.ClickException(f"{sign_in} has an account already")
        accounts.create(session, Role(role), organisation, sign_in, passphrase, language=language, totp_secret=secret)
        audit.record(session, audit.SYSTEM, "account.create")
    click.echo(f"sign-in:       {sign_in}")
    click.echo(f"passphrase:    {passphrase}")
    click.echo(f"second factor: {secret}")
    click.echo(pyotp.TOTP(secret).provisioning_uri(name=sign_in, issuer_name=_ISSUER))


@user.command("list")
@with_installation
def list_(database: Database) -> None:
    """List the staff accounts."""
    table = Table("sign-in", "role", "organisation", "language", "since", "disabled", box=None)
    with database.reading() as session:
        for account in accounts.listed(session):
            table.add_row(
                accounts.sign_in_name(session, account),
                account.role,
                account.organisation,
                account.language,
                account.created_at.date().isoformat(),
                account.disabled_at.date().isoformat() if account.disabled_at else "",
            )
    Console(width=None if Console().is_terminal else 160, highlight=False, markup=False).print(table)


@user.command()
@click.argument("sign_in", metavar="EMAIL")
@with_installation
def renew(database: Database, sign_in: str) -> None:
    """Print the one-use path on which the owner of an account chooses a passphrase and sets up an app."""
    with database.writing() as session:
        account = _staff(session, sign_in)
        code = renewals.issue(session, account, "system")
        audit.record(session, audit.SYSTEM, "account.paper", target=account.id)
    click.echo(f"/again/{code}")


@user.command()
@click.argument("sign_in", metavar="EMAIL")
@with_installation
def close(database: Database, sign_in: str) -> None:
    """Let nobody in by an account any more, from this moment."""
    with database.writing() as session:
        account = _staff(session, sign_in)
        staff_accounts.close(session, account, audit.SYSTEM)
    click.echo(f"closed: {sign_in}")


def _staff(session: Session, sign_in: str) -> accounts.Account:
    account = accounts.find(session, sign_in)
    if account is None or account.subject_id is not None:
        raise click.ClickException(f"no staff account {sign_in}")
    return account
