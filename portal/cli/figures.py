"""`zhoda figures`: which cells of a table may leave the house."""

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from flask_babel import force_locale

from consent.people import organisations
from mhpss.figures import periods, protection, releases
from mhpss.figures.periods import BadPeriod
from mhpss.figures.releases import NotEnded, Purpose, TooClose, TooFew
from portal.app import create_app
from portal.cli.opening import check_organisation, with_installation_settings
from portal.desks.figures import files, sections
from portal.fields import csv_table
from portal.settings import Settings
from vault import audit
from vault.database import Database
from vault.policy import law

_REFUSALS: Mapping[type[Exception], str] = {
    NotEnded: "this period has not ended yet",
    TooFew: "too few people: nothing could be shown",
    TooClose: "an earlier report is about nearly the same people; give out that one",
    protection.Exposed: "together with earlier reports this one would tell of a few people",
}


@click.group()
def figures() -> None:
    """Figures that leave the house."""


@figures.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--threshold", type=click.IntRange(min=2), default=law.FIGURES_RELEASED.default, show_default=True)
@click.option("--structural-zeros", is_flag=True, help="A zero means that nobody can be there: show it.")
def protect(table: Path, threshold: int, structural_zeros: bool) -> None:
    """Print TABLE (CSV: row names first, totals last) with the cells to hide as `*`."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = [row for row in csv.reader(file) if row]
        counts = protection.Table(tuple(tuple(int(cell) for cell in row[1:]) for row in rows))
    except protection.MarginsDisagree as error:
        raise click.ClickException(f"the margins do not add up: {error}") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(f"not a table of counts: {error}") from error
    hidden = protection.hidden_cells(counts, threshold, structural_zeros=structural_zeros)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(heading)
    for number, row in enumerate(rows):
        out.writerow([row[0], *("*" if (number, place) in hidden else cell for place, cell in enumerate(row[1:]))])


@figures.command()
@click.option("--from", "first", required=True, help="The first month, such as 2026-01.")
@click.option("--to", "last", required=True, help="The last month, such as 2026-06.")
@click.option("--purpose", required=True, help="What the report is for; kept in the register.")
@click.option("--recipient", required=True, help="Who receives it; kept in the register.")
@click.option("--organisation", required=True, help="The partner that releases it.")
@click.option("--language", type=click.Choice(["be", "ru", "en"]), default="en", show_default=True)
@with_installation_settings
def report(
    database: Database,
    settings: Settings,
    first: str,
    last: str,
    purpose: str,
    recipient: str,
    organisation: str,
    language: str,
) -> None:
    """Release the figures of some months as a report, and print it as CSV. It is kept in the register for good."""
    try:
        period = periods.months(first, last)
        with database.writing() as session:
            check_organisation(session, organisation)
            released = releases.release(session, period, Purpose(purpose, recipient, "command line", organisation))
            audit.record(session, audit.SYSTEM, "figures.release")
            names = {each.key: each.name for each in organisations.listed(session)}
    except BadPeriod as error:
        raise click.ClickException(f"not a period of whole months: {error}") from error
    except (NotEnded, TooFew, TooClose, protection.Exposed) as error:
        raise click.ClickException(_REFUSALS[type(error)]) from error
    with create_app(settings, database).test_request_context(), force_locale(language):
        for line in csv_table.lines(files.csv_headings(), files.csv_lines(sections.of(released.report, names))):
            click.echo(line, nl=False)
