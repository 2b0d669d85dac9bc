"""The migrations make the tables that the code has, and nothing else."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.tables import metadata
from vault.database import Database


def test_the_migrated_database_is_the_one_the_code_describes(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
