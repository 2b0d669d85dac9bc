"""Find interview references by what they are compared by; record anew denials that an answer of their day hid."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.orm import Session

from consent.people import subjects
from consent.saying import withdrawal
from vault.keys import KeyDestroyed, KeyRing

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Give every reference its second index. Those that are alike keep their people: nobody is joined by a machine."""
    with op.batch_alter_table("interview_references") as table:
        table.add_column(sa.Column("compared_index", sa.String(64), nullable=True))
    keys = KeyRing(context.config.attributes["keys"])
    _index(keys)
    with op.batch_alter_table("interview_references") as table:
        table.alter_column("compared_index", existing_type=sa.String(64), nullable=False)
        table.create_index(op.f("ix_interview_references_compared_index"), ["compared_index"])
    with Session(op.get_bind(), info={"keyring": keys}) as session:
        withdrawal.restate(session)
        session.flush()


def _index(keys: KeyRing) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, subject_id, sealed FROM interview_references")).all()
    keys.fetch({row.subject_id for row in rows})
    change = sa.text("UPDATE interview_references SET compared_index = :found WHERE id = :id")
    for row in rows:
        try:
            reference = keys.unseal(row.subject_id, f"interview_references.sealed:{row.id}", row.sealed).decode()
        except KeyDestroyed:
            # An older copy of the database, with somebody who was erased since.
            connection.execute(sa.text("DELETE FROM interview_references WHERE id = :id"), {"id": row.id})
            continue
        found = keys.blind_index("interview_references", subjects.compared(reference))
        connection.execute(change, {"found": found, "id": row.id})
