"""Chain the audit: an id, a target and a keyed digest for each entry, leaves and seals over batches of them."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import context, op

import vault.types
from vault import clock
from vault.append_only import protection
from vault.canonical import canonical

revision = "0011"
down_revision = "0010"

_KEPT = ("position", "at", "account_id", "role", "organisation", "act", "subject_id")


def upgrade() -> None:
    """Make the table anew; what was recorded before is kept, and vouched for as it stands now."""
    connection = op.get_bind()
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    old = sa.table("audit_entries", *(sa.column(n, vault.types.Instant() if n == "at" else None) for n in _KEPT))
    kept = connection.execute(sa.select(old).order_by(old.c.position)).all()
    op.execute("DROP TABLE audit_entries")
    entries = op.create_table(
        "audit_entries",
        sa.Column("position", big, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("target", sa.String(length=32), nullable=True),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_entries_id")),
    )
    for column in ("at", "subject_id"):
        op.create_index(op.f(f"ix_audit_entries_{column}"), "audit_entries", [column])
    if kept:
        op.bulk_insert(entries, [_vouched_for(dict(row._mapping)) for row in kept])
        if connection.dialect.name == "postgresql":
            sequence = "pg_get_serial_sequence('audit_entries', 'position')"
            op.execute(f"SELECT setval({sequence}, max(position)) FROM audit_entries")  # noqa: S608 - names of our own
    op.create_table(
        "audit_seals",
        sa.Column("number", big, autoincrement=False, nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_leaves",
        sa.Column("position", big, autoincrement=False, nullable=False),
        sa.Column("seal", big, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["audit_seals.number"], name=op.f("fk_audit_leaves_seal")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_leaves")),
    )
    op.create_index(op.f("ix_audit_leaves_seal"), "audit_leaves", ["seal"])
    for table, *keys in (
        ("audit_entries", ("position",), ("id",)),
        ("audit_seals", ("number",)),
        ("audit_leaves", ("position",)),
    ):
        for statement in protection(connection.dialect.name, table, *keys):
            op.execute(statement)


def _vouched_for(row: dict[str, Any]) -> dict[str, Any]:
    entry_id = secrets.token_hex(16)
    content = canonical(
        {
            "id": entry_id,
            "at": clock.rfc3339(row["at"]),
            "account": row["account_id"],
            "role": row["role"],
            "organisation": row["organisation"],
            "act": row["act"],
            "subject": row["subject_id"],
            "target": None,
        }
    )
    mac = context.config.attributes["keys"].wrapping.blind_index("audit_entries", content.decode())
    return {**row, "id": entry_id, "target": None, "mac": mac}
