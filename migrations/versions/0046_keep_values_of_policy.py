"""Keep the values of law and policy that are set, from when each is in force and by whom."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Create the table, which nothing is taken out of; until something is set, every value is its default."""
    op.create_table(
        "policy_values",
        sa.Column("position", vault.types.BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("effective_from", vault.types.Instant(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_policy_values")),
        sa.UniqueConstraint("id", name=op.f("uq_policy_values_id")),
    )
    for statement in protection(op.get_bind().dialect.name, "policy_values", ("position",), ("id",)):
        op.execute(statement)
