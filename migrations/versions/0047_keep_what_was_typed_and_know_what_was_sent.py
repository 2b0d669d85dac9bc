"""Keep what staff typed and did not send, and know a form that comes a second time."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """Create the two tables, empty."""
    op.create_table(
        "form_drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_cut_off", sa.Boolean(), nullable=False),
        sa.Column("kept_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_form_drafts_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_drafts")),
        sa.UniqueConstraint("account_id", "place", name=op.f("uq_form_drafts_account_id_place")),
    )
    op.create_table(
        "sent_forms",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("led_to", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sent_forms")),
    )
