"""Complete the accounts: harmless sides, waiting sessions, recovery codes, passkeys, papers and notices."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0010"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns and tables. Sessions and counted failures begin anew."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("decoy_of", sa.String(length=32), nullable=True))
        table.create_foreign_key(op.f("fk_accounts_decoy_of"), "accounts", ["decoy_of"], ["id"])
        table.create_unique_constraint(op.f("uq_accounts_decoy_of"), ["decoy_of"])
    with op.batch_alter_table("enrolments") as table:
        table.add_column(sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("concerns") as table:
        table.add_column(sa.Column("ground", sa.String(length=20), nullable=False, server_default="looks_forced"))
    op.execute("DELETE FROM failed_sign_ins")
    with op.batch_alter_table("failed_sign_ins") as table:
        table.add_column(sa.Column("of_pair", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("id", sa.String(length=32), nullable=False))
        table.add_column(sa.Column("opened_at", vault.types.Instant(), nullable=True))
        table.add_column(sa.Column("confirmed_at", vault.types.Instant(), nullable=True))
        table.add_column(sa.Column("challenge", sa.LargeBinary(), nullable=True))
        table.create_unique_constraint(op.f("uq_sessions_id"), ["id"])
    _owned(
        "recovery_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("used_at", vault.types.Instant(), nullable=True),
        sa.UniqueConstraint("digest", name=op.f("uq_recovery_codes_digest")),
    )
    _owned(
        "passkeys",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", big, nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("used_at", vault.types.Instant(), nullable=True),
        sa.UniqueConstraint("digest", name=op.f("uq_passkeys_digest")),
    )
    _owned(
        "renewals",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("expires_at", vault.types.Instant(), nullable=False),
        sa.Column("ended_at", vault.types.Instant(), nullable=True),
        sa.Column("used_at", vault.types.Instant(), nullable=True),
        sa.UniqueConstraint("digest", name=op.f("uq_renewals_digest")),
    )
    _owned(
        "held_changes",
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", vault.types.Instant(), nullable=False),
        sa.Column("settled_at", vault.types.Instant(), nullable=True),
    )
    _owned(
        "account_notices",
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("read_at", vault.types.Instant(), nullable=True),
    )
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("since", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_known_devices_account_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_devices")),
    )
    with op.batch_alter_table("known_devices") as table:
        table.create_index(op.f("ix_known_devices_account_id"), ["account_id"])


def _owned(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    with op.batch_alter_table(name) as table:
        table.create_index(op.f(f"ix_{name}_account_id"), ["account_id"])
