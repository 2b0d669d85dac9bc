"""An installation on disk: its key file, its databases, and bringing both to the present form."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from portal.settings import Settings
from vault import signing
from vault.database import Database
from vault.keys import HOUSE, KeyEncryptionKeys, KeyKind, KeyStore

_ROOT = Path(__file__).parent.parent
_MIGRATIONS = _ROOT / "migrations"
TEMPLATES = _ROOT / "templates"
TRANSLATIONS = _ROOT / "translations"


def open_database(settings: Settings) -> Database:
    """The database of an installation that `prepare` has made ready."""
    wrapping = KeyEncryptionKeys.from_json(settings.key_file.read_text())
    return Database(settings.database_url, KeyStore(settings.keys_database_url, wrapping))


def prepare(settings: Settings) -> Database:
    """Make the installation ready: keys, key store, and all migrations. Harmless when it is."""
    settings.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.key_file.exists():
        KeyEncryptionKeys.generate(settings.key_file)
    database = open_database(settings)
    database.keys.create_tables()
    if HOUSE not in database.keys.open([HOUSE]):
        database.keys.create([HOUSE], KeyKind.HOUSE)
    migrate(database)
    with database.writing() as session:
        signing.renew_if_due(session)
    return database


def migrate(database: Database) -> None:
    """Bring the database to the newest migration, in one transaction."""
    with database.engine.execution_options(zhoda_writes=True).begin() as connection:
        command.upgrade(_config(connection, database.keys), "head")


def _config(connection: Connection, keys: KeyStore) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["keys"] = keys
    return config
