"""`zhoda import`: bringing what an organisation kept so far into the ledger."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consent.saying import interview_import, interview_register
from consent.saying.spreadsheets import Unreadable
from portal.cli.opening import check_organisation, with_installation
from vault.database import Database

SOME_REJECTED = 3


@click.group("import")
def import_() -> None:
    """Bring in what was kept so far."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", metavar="KEY", required=True, help="The documenting partner.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML that renames columns and values.",
)
@with_installation
def consents(database: Database, file: Path, organisation: str, mapping: Path | None) -> None:
    """Read a register of interviews with consent answers (CSV or XLSX).

    All of it is checked first. Rows that cannot go in are written to FILE.rejected.csv with number and reason, to be
    mended and fed again: status 3. Status 2: nothing could be read. What is known already is passed over.
    """
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        reading = progress.add_task("Checking", total=None)
        with database.reading() as session:
            check_organisation(session, organisation)
            try:
                checked = interview_register.check(session, file, organisation, mapping)
            except Unreadable as error:
                raise click.ClickException(f"{file}: {error}") from error
        progress.remove_task(reading)
        rejected = _write_rejected(checked, file)
        writing = progress.add_task("Recording", total=len(checked.people))
        imported = interview_import.bring_in(
            database, checked, organisation, progress=lambda people: progress.advance(writing, people)
        )
    for warning in checked.warnings:
        click.echo(f"warning: {warning}", err=True)
    for name, count in (
        ("people", imported.people),
        ("rows", checked.rows),
        ("recorded", imported.recorded),
        ("already known", imported.already_known),
        ("rejected", rejected),
        ("warnings", len(checked.warnings)),
    ):
        click.echo(f"{name + ':':<15}{count}")
    if rejected:
        click.echo(f"zhoda: see {_rejected_file(file)}", err=True)
        raise SystemExit(SOME_REJECTED)


def _write_rejected(checked: interview_register.Register, file: Path) -> int:
    path = _rejected_file(file)
    if checked.rejected:
        interview_register.write_rejected(checked, path)
    else:
        path.unlink(missing_ok=True)
    return len({row.number for row, _ in checked.rejected})


def _rejected_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.rejected.csv")
