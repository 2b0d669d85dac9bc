"""An installation on disk: its key file, its databases, and bringing both to the present form."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from portal import upgrades
from portal.settings import BadSetting, Settings
from vault import signing
from vault.database import Database
from vault.destruction import DestructionList
from vault.keys import HOUSE, KeyStore
from vault.wrapping import KeyEncryption, KeyEncryptionKeys, KeyFile, KeyKind


class Dangling(Exception):
    """A migration left a row that refers to none, in the table named."""


_ROOT = Path(__file__).parent.parent
_MIGRATIONS = _ROOT / "migrations"
TEMPLATES = _ROOT / "templates"
TRANSLATIONS = _ROOT / "translations"


def open_database(settings: Settings) -> Database:
    """The database of an installation that `prepare` has made ready."""
    return Database(settings.database_url, open_key_store(settings))


def open_key_store(settings: Settings) -> KeyStore:
    """The key store, with its key-encryption keys and the destruction list."""
    destroyed = DestructionList(settings.destruction_list)
    return KeyStore(settings.keys_database_url, open_key_encryption(settings), destroyed)


def open_key_encryption(settings: Settings) -> KeyEncryption:
    """The key-encryption keys: of the file, of the variable KEY_ENCRYPTION_KEYS, or of a service.

    A service is named as MODULE:FUNCTION; the function takes nothing and answers a `vault.wrapping.KeyEncryption`.

    Raises:
        BadSetting: KEY_ENCRYPTION names nothing of that kind.
    """
    if settings.key_encryption == "file":
        return KeyFile(settings.key_file)
    if settings.key_encryption == "environment":
        return KeyEncryptionKeys.from_json(os.environ["KEY_ENCRYPTION_KEYS"])
    module, _, function = settings.key_encryption.partition(":")
    if not function:
        raise BadSetting("KEY_ENCRYPTION must be file, environment, or MODULE:FUNCTION of a key service")
    service: KeyEncryption = getattr(import_module(module), function)()
    return service


def prepare(settings: Settings) -> Database:
    """Make the installation ready: keys, key store, and all migrations. Harmless when it is."""
    settings.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.key_encryption == "file" and not settings.key_file.exists():
        KeyEncryptionKeys.generate(settings.key_file)
    database = open_database(settings)
    database.keys.create_tables()
    if HOUSE not in database.keys.open([HOUSE]):
        database.keys.create([HOUSE], KeyKind.HOUSE)
    migrate(database)
    with database.writing() as session:
        signing.renew_if_due(session)
    upgrades.finish(database)
    return database


def migrate(database: Database) -> None:
    """Bring the database to the newest migration, in one transaction.

    Raises:
        Dangling: a migration left a row that refers to none. Nothing is changed.
    """
    upgrade(database, "head")


def upgrade(database: Database, revision: str) -> None:
    """Bring the database to a migration, as `migrate` brings it to the newest.

    Raises:
        Dangling: as `migrate`.
    """
    writing = database.engine.execution_options(zhoda_writes=True)
    with writing.connect() as connection, _foreign_keys_at_rest(connection), connection.begin():
        command.upgrade(_config(connection, database.keys), revision)
        if connection.dialect.name == "sqlite":
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if dangling is not None:
                raise Dangling(str(dangling[0]))


@contextmanager
def _foreign_keys_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by making the table anew; rows that refer to it must not stop the old one's end."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Inside a transaction the setting would have no effect.
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def _config(connection: Connection, keys: KeyStore) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    # What a migration has to seal it seals under each person's own key.
    config.attributes["keys"] = keys
    return config
