"""Keep where stores want to be nudged."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of webhooks."""
    op.create_table(
        "store_webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", vault.types.Instant(), nullable=False),
        sa.Column("answered_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_webhooks_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_webhooks")),
        sa.UniqueConstraint("store_id", name=op.f("uq_store_webhooks_store_id")),
    )
