"""Put what people are told outside the portal into an outbox; let each choose how soon."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Create the outbox and the preferences; each notice that is there is an effect of its own."""
    op.add_column("account_notices", sa.Column("effect", sa.String(length=120), nullable=True))
    op.execute("UPDATE account_notices SET effect = id")
    with op.batch_alter_table("account_notices") as table:
        table.alter_column("effect", existing_type=sa.String(length=120), nullable=False)
        table.create_unique_constraint(op.f("uq_account_notices_effect"), ["effect"])
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("effect", sa.String(length=120), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("is_for_digest", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("due_at", vault.types.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=16), nullable=True),
        sa.Column("taken_until", vault.types.Instant(), nullable=True),
        sa.Column("settled_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outbox_messages_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["account_notices.id"], name=op.f("fk_outbox_messages_notice_id_account_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("effect", name=op.f("uq_outbox_messages_effect")),
    )
    op.create_index(op.f("ix_outbox_messages_account_id"), "outbox_messages", ["account_id"])
    op.create_index(op.f("ix_outbox_messages_state"), "outbox_messages", ["state"])
    op.create_table(
        "notice_preferences",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("pace", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notice_preferences_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notice_preferences")),
    )
