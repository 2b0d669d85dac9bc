"""`zhoda policy`: the values of law and policy, what they may be, and what is in force."""

from datetime import date, datetime

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from portal.access import accounts
from portal.access.accounts import Account
from portal.cli.opening import with_installation
from vault import clock
from vault.database import Database
from vault.policy import in_force, law
from vault.policy.settings import written

_HEADING = """# Values of law and policy

Printed by `make permissions` from `vault/policy/law.py`. A value counts from a day on, today at the soonest; what was
promised to somebody before stays as it was promised. Nobody changes what the law fixes.

| value | default | least | most | who says so | who may change it | what it decides |
|---|---|---|---|---|---|---|
"""


@click.group()
def policy() -> None:
    """Values of law and policy: periods, thresholds, idle times."""


@policy.command("print")
def print_() -> None:
    """Print every value with its bounds, as it stands in docs/policy.md."""
    click.echo(as_markdown(), nl=False)


def as_markdown() -> str:
    """Every value with its bounds, as it stands in docs/policy.md."""
    rows = [
        f"| `{each.key}` | {written(each.default)} | {written(each.least)} | {written(each.most)} | {each.bound} "
        f"| {', '.join(each.who) or 'nobody'} | {each.meaning} |"
        for each in law.every()
    ]
    return _HEADING + "\n".join(rows) + "\n"


@policy.command("list")
@with_installation
def list_(database: Database) -> None:
    """List every value in force, its bounds, and what is set for days to come."""
    table = Table("value", "in force", "least", "most", "who", "to come", box=None)
    with database.reading() as session:
        for each in law.every():
            to_come = [row for row in in_force.history(session, each) if row.effective_from > clock.now()]
            table.add_row(
                each.key,
                written(in_force.value(session, each)),
                written(each.least),
                written(each.most),
                ", ".join(each.who) or "nobody",
                "; ".join(f"{row.value} from {clock.rfc3339(row.effective_from)}" for row in to_come),
            )
    Console(width=None if Console().is_terminal else 160, highlight=False, markup=False).print(table)


@policy.command("set")
@click.argument("key")
@click.argument("value")
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), help="From which day on; without it, from now.")
@click.option("--by", "sign_in", metavar="EMAIL", required=True, help="The staff account that decides it.")
@with_installation
def set_(database: Database, key: str, value: str, from_day: datetime | None, sign_in: str) -> None:
    """Let the value KEY be VALUE: "14 d", "24 h", "15 min", "10", "07:00". Days are those of whoever decides it."""
    try:
        setting = law.named(key)
        wanted = setting.read(value)
    except KeyError as error:
        raise click.ClickException(f"no value {key}; `zhoda policy list` names them") from error
    except ValueError as error:
        raise click.ClickException(f"{value} is none; write it as {written(setting.default)}") from error
    with database.writing() as session:
        account = _staff(session, sign_in)
        with clock.read_in(lambda: accounts.zone(session, account)):
            day: date = from_day.date() if from_day else clock.today()
            try:
                row = in_force.change(session, setting, wanted, day, account.as_actor())
            except in_force.NotTheirs as error:
                who = ", ".join(setting.who) or "nobody"
                raise click.ClickException(f"{account.role} may not change {key}: {who} may") from error
            except in_force.OutOfBounds as error:
                bounds = f"{written(setting.least)} to {written(setting.most)} ({setting.bound})"
                raise click.ClickException(f"{key} is {bounds}") from error
            except in_force.InThePast as error:
                raise click.ClickException("from today on at the soonest") from error
    click.echo(f"{key}: {row.value} from {clock.rfc3339(row.effective_from)}")


def _staff(session: Session, sign_in: str) -> Account:
    account = accounts.find(session, sign_in)
    if account is None or account.subject_id is not None or account.disabled_at is not None:
        raise click.ClickException(f"no staff account {sign_in}")
    return account
