"""Number by series, each number drawn once; note the steps that an upgrade has done beyond its migrations."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0041"
down_revision = "0040"

_COUNTED = {"disclosure_requests": "disclosure_requests", "cases": "cases", "referrals": "referrals"}


def upgrade() -> None:
    """Create both tables; each series goes on where counting had come."""
    op.create_table(
        "numberings",
        sa.Column("series", sa.String(length=80), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_numberings")),
    )
    op.create_table(
        "upgrade_steps",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("done_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upgrade_steps")),
    )
    for series, table in _COUNTED.items():
        op.execute(
            f"INSERT INTO numberings (series, last) SELECT '{series}', count(*) FROM {table} HAVING count(*) > 0"  # noqa: S608
        )
    op.execute(
        "INSERT INTO numberings (series, last) "
        "SELECT 'releases:' || request_id, count(*) FROM releases GROUP BY request_id"
    )
