"""`zhoda figures`: which cells of a table may leave the house."""

import csv
import sys
from pathlib import Path

import click

from mhpss.figures import protection


@click.group()
def figures() -> None:
    """Figures that leave the house."""


@figures.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--threshold", type=click.IntRange(min=2), default=protection.THRESHOLD, show_default=True)
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
