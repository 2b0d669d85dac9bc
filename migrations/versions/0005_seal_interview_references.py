"""Seal interview references, and find them by a blind index."""

import sqlalchemy as sa
from alembic import context, op

from vault.keys import KeyRing

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Seal what is there under each person's key, and forget it in clear."""
    with op.batch_alter_table("interview_references") as table:
        table.add_column(sa.Column("reference_index", sa.String(64), nullable=True))
        table.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
    _seal(KeyRing(context.config.attributes["keys"]))
    with op.batch_alter_table("interview_references") as table:
        table.drop_constraint("uq_interview_references_organisation_reference", type_="unique")
        table.drop_index("ix_interview_references_reference")
        table.drop_column("reference")
        table.alter_column("reference_index", existing_type=sa.String(64), nullable=False)
        table.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
        table.create_unique_constraint(
            op.f("uq_interview_references_organisation_reference_index"), ["organisation", "reference_index"]
        )
        table.create_index(op.f("ix_interview_references_reference_index"), ["reference_index"])


def _seal(keys: KeyRing) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, subject_id, reference FROM interview_references")).all()
    keys.fetch(row.subject_id for row in rows)
    change = sa.text("UPDATE interview_references SET reference_index = :found, sealed = :sealed WHERE id = :id")
    for row in rows:
        sealed = keys.seal(row.subject_id, f"interview_references.sealed:{row.id}", row.reference.encode())
        found = keys.blind_index("interview_references", row.reference)
        connection.execute(change, {"found": found, "sealed": sealed, "id": row.id})
