"""`zhoda permissions`: the table of who may do what."""

import os
from tempfile import TemporaryDirectory

import click

from portal.access.permission_table import as_markdown
from portal.app import create_app
from portal.settings import Settings
from vault.database import Database
from vault.keys import KeyStore
from vault.wrapping import KeyEncryptionKeys


@click.command()
def permissions() -> None:
    """Print the table of who may do what, as it stands in docs/security/permissions.md."""
    with TemporaryDirectory() as folder:
        settings = Settings.from_environment({"DATA_DIR": folder})
        nothing = KeyStore("sqlite://", KeyEncryptionKeys(*(os.urandom(32) for _ in range(4))))
        click.echo(as_markdown(create_app(settings, Database(settings.database_url, nothing))), nl=False)
