"""`zhoda measures`: the desk's own scoring, on the command line."""

import json
import os
from pathlib import Path

import click

from mhpss.measures import instruments, packs, scoring
from portal.cli.opening import with_installation
from vault.database import Database


@click.group()
def measures() -> None:
    """Outcome measures: those that ship, and the clinic's own in DATA_DIR/measures."""
    try:
        instruments.use(Path(os.environ.get("DATA_DIR", "var")) / "measures")
    except instruments.BadMeasure as error:
        raise click.ClickException(str(error)) from error


@measures.command()
@click.argument("measure")
@click.option("--answers", required=True, help="An answer per item, with commas between; an empty place is missing.")
@click.option("--cut-off", type=int, help="Instead of the shipped cut-off of the screen.")
def score(measure: str, answers: str, cut_off: int | None) -> None:
    """Score MEASURE and print what comes of it as JSON."""
    try:
        instrument = instruments.instrument(measure)
        given = [int(each) if each.strip() else None for each in answers.split(",")]
        found = scoring.score(instrument, given, cut_off=cut_off)
    except instruments.UnknownMeasure as error:
        known = ", ".join(instruments.instruments())
        raise click.ClickException(f"no measure {measure!r}; there are: {known}") from error
    except scoring.BadAnswers as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.ClickException("answers are whole numbers with commas between") from error
    click.echo(json.dumps(found.as_value(), ensure_ascii=False))


@measures.command("list")
def list_() -> None:
    """List the measures with their items and range."""
    for key, instrument in instruments.instruments().items():
        click.echo(f"{key}: {len(instrument.items)} items from {instrument.lowest} to {instrument.highest}")


@measures.command()
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_installation
def load(database: Database, pack: Path) -> None:
    """Load the wording of measures that the clinic is licensed for from PACK (CSV).

    Columns: measure, language, licence, validation, part, text. A part is introduction, the number of an item, or
    "answer N". All of it is checked first; what is incomplete changes nothing.
    """
    try:
        with database.writing() as session:
            loaded = packs.load(session, pack)
    except (packs.BadPack, UnicodeDecodeError) as error:
        raise click.ClickException(f"{pack}: {error}") from error
    for each in loaded:
        click.echo(each)
