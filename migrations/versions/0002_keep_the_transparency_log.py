"""Keep the hashes of the transparency log's complete subtrees, and the keys that sign it."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault import merkle
from vault.append_only import protection

revision = "0002"
down_revision = "0001"

_TIER_HEIGHT = 8


def upgrade() -> None:
    """Create both tables, and fill the log from the events that are there already."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    subtrees = op.create_table(
        "log_subtrees",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", big, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "number", name=op.f("pk_log_subtrees")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", big, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("until", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    for table, keys in (("log_subtrees", ("tier", "number")), ("signing_keys", ("id",))):
        for statement in protection(op.get_bind().dialect.name, table, keys):
            op.execute(statement)
    leaves = op.get_bind().execute(sa.text("SELECT leaf FROM events ORDER BY position"))
    hashes = [bytes(leaf) for (leaf,) in leaves]
    for tier in range(1, 8):
        for _ in range(_TIER_HEIGHT):
            hashes = [merkle.node(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]
        if not hashes:
            return
        op.bulk_insert(subtrees, [{"tier": tier, "number": n, "hash": each} for n, each in enumerate(hashes)])
