"""`zhoda serve` and `zhoda scheduler`."""

import click

from portal.cli.opening import with_installation_settings, with_settings
from portal.settings import BadSetting, Settings
from vault.database import Database
from vault.key_backups import KeyBackups


@click.command()
@click.option("--demo", is_flag=True, help="Serve fictional people; makes them if they are not there.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@with_settings
def serve(settings: Settings, demo: bool, host: str, port: int, workers: int) -> None:
    """Serve the portal, and run what runs by the clock, until told to stop."""
    from portal import serve as server

    try:
        server.serve(settings, demo=demo, host=host, port=port, workers=workers)
    except (server.CannotServe, BadSetting) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@with_installation_settings
def scheduler(database: Database, settings: Settings) -> None:
    """Run what runs by the clock, until told to stop; as many of these as you like may run."""
    from portal.jobs import schedule
    from portal.outbox.opening import post_of

    schedule.run(database, KeyBackups(settings.key_backup_dir, settings.key_backup_days), post_of(settings))
