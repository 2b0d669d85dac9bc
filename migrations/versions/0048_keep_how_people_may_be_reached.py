"""Keep how people may be reached; nobody has said so yet, and nothing goes out to them."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "safe_contacts",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_safe_contacts_subject_id_subjects")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_safe_contacts")),
    )
