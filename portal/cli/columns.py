"""`zhoda columns`: what stands in clear in the database, and what is sealed to whom."""

import click

from portal.cli.column_table import as_markdown


@click.command()
def columns() -> None:
    """Print what each column holds in clear, blind or sealed, as it stands in docs/security/columns.md."""
    click.echo(as_markdown(), nl=False)
