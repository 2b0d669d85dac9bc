"""`zhoda demo`: an installation of fictional people, at the size of a desk or of the whole consortium."""

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from portal.cli.opening import with_settings
from portal.demo import full_scale, making, sign_ins
from portal.settings import Settings


@click.command()
@click.option("--scale", type=click.Choice(["ordinary", "full"]), default="ordinary", show_default=True)
@with_settings
def demo(settings: Settings, scale: str) -> None:
    """Make the demonstration. What is there already stays; stopped halfway, the same command goes on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        shown: dict[str, TaskID] = {}

        def report(what: str, done: int, of: int) -> None:
            if what not in shown:
                shown[what] = progress.add_task(what, total=of)
            progress.update(shown[what], completed=done)

        try:
            making.make(settings, report)
        except making.NotADemonstration as error:
            raise click.ClickException(str(error)) from error
        if scale == "full":
            full_scale.enlarge(settings, report)
    click.echo(f"made: {sign_ins.file(settings)}")
