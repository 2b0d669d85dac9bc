"""`zhoda rights`: the legal clock of the data protection officer's desk, on the command line."""

from datetime import datetime

import click

from consent.rights import clock

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def rights() -> None:
    """The rights of people over their data."""


@rights.command()
@click.option("--received", type=_DAY, required=True, help="The day of receipt where the controller is.")
@click.option("--country", required=True, help=f"The controller's country: {', '.join(clock.ZONES)}.")
@click.option("--subdivision", help="A part of the country with holidays of its own; for GB England and Wales.")
@click.option("--extended", is_flag=True, help="By two further months (GDPR Art. 12(3)).")
@click.option("--paused-from", type=_DAY, help="When a question was asked.")
@click.option("--paused-to", type=_DAY, help="When it was answered.")
def deadline(
    received: datetime,
    country: str,
    subdivision: str | None,
    extended: bool,
    paused_from: datetime | None,
    paused_to: datetime | None,
) -> None:
    """Print the last day for an answer, and on the next line why it is that day."""
    if (paused_from is None) != (paused_to is None):
        raise click.ClickException("--paused-from and --paused-to go together")
    pauses = [(paused_from.date(), paused_to.date())] if paused_from and paused_to else []
    try:
        found = clock.deadline(
            received.date(), country.upper(), extended=extended, pauses=pauses, subdivision=subdivision
        )
    except clock.UnknownCountry as error:
        raise click.ClickException(
            f"the holidays of {error} are not known; there are: {', '.join(clock.ZONES)}"
        ) from error
    except (clock.BadPause, NotImplementedError, OverflowError, ValueError) as error:
        raise click.ClickException(f"this cannot be counted: {error}") from error
    click.echo(found.last_day.isoformat())
    click.echo(found.reason)
