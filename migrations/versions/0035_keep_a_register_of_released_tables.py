"""Keep a register of released tables."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0035"
down_revision = "0034"

_APPEND_ONLY: dict[str, tuple[tuple[str, ...], ...]] = {
    "released_tables": (
        ("id",),
        ("position",),
    ),
}


def upgrade() -> None:
    op.create_table(
        "released_tables",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", vault.types.Json(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_released_tables")),
        sa.UniqueConstraint("id", name=op.f("uq_released_tables_id")),
    )
    for table, keys in _APPEND_ONLY.items():
        for statement in protection(op.get_bind().dialect.name, table, *keys):
            op.execute(statement)
