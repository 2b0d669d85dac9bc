"""Keep selections of lists under names."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "saved_lists",
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("listing", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_saved_lists_account_id_accounts")),
        sa.PrimaryKeyConstraint("name_index", name=op.f("pk_saved_lists")),
    )
    op.create_index(op.f("ix_saved_lists_account_id"), "saved_lists", ["account_id"])
