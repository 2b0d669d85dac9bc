"""Find interview references by what they are compared by."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import context, op

from vault.keys import KeyDestroyed, KeyRing

revision = "0036"
down_revision = "0035"

_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_APOSTROPHES = re.compile(r"[\u0060\u00b4\u02b9\u02bb\u02bc\u02c8\u2018\u2019\u201b\u2032\u2035\uff07]")


def upgrade() -> None:
    """Give every reference its second index. Those that are alike keep their people: nobody is joined by a machine."""
    with op.batch_alter_table("interview_references") as table:
        table.add_column(sa.Column("compared_index", sa.String(64), nullable=True))
    keys = KeyRing(context.config.attributes["keys"])
    _index(keys)
    with op.batch_alter_table("interview_references") as table:
        table.alter_column("compared_index", existing_type=sa.String(64), nullable=False)
        table.create_index(op.f("ix_interview_references_compared_index"), ["compared_index"])


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
        found = keys.blind_index("interview_references", _compared(reference))
        connection.execute(change, {"found": found, "id": row.id})


def _compared(reference: str) -> str:
    folded = _APOSTROPHES.sub("'", _DASHES.sub("-", reference))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    return " ".join(_APOSTROPHES.sub("'", _DASHES.sub("-", folded)).split())
