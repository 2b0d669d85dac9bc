"""Keep the situations of people who cannot be asked, and the officer's documents."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "situations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("situation", sa.String(length=12), nullable=False),
        sa.Column("wish", sa.String(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", vault.types.Instant(), nullable=False),
        sa.Column("ended_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_situations_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situations")),
    )
    with op.batch_alter_table("situations") as table:
        table.create_index(op.f("ix_situations_subject_id"), ["subject_id"])
    op.create_table(
        "privacy_documents",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("changed_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_privacy_documents")),
    )
