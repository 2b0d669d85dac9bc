"""Keep decisions about rights requests: what an officer has decided takes effect when its letter is sent."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Create the table. Drafts that are there already tell what took effect when it was decided."""
    op.create_table(
        "rights_decisions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("template", sa.String(length=30), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("ground", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", vault.types.Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("letter_id", sa.String(length=32), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.Column("sent_by", sa.String(length=32), nullable=True),
        sa.Column("sent_at", vault.types.Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["rights_letters.id"], name=op.f("fk_rights_decisions_letter_id")),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_rights_decisions_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_decisions")),
    )
    with op.batch_alter_table("rights_decisions") as table:
        table.create_index(op.f("ix_rights_decisions_request_id"), ["request_id"])
        table.create_index(op.f("ix_rights_decisions_letter_id"), ["letter_id"])
