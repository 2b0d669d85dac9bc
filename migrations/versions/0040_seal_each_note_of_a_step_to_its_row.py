"""Seal each note of a step to its own row: the notes of one request could have been exchanged for each other."""

import sqlalchemy as sa
from alembic import context, op

from vault.keys import KeyDestroyed, KeyRing

revision = "0040"
down_revision = "0039"

_REFUSAL = "SELECT RAISE(ABORT, 'rows of rights_steps are append-only')"


def upgrade() -> None:
    """Seal the notes anew while the table lets its rows be changed. What was erased stays unreadable."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute("ALTER TABLE rights_steps DISABLE TRIGGER rights_steps_append_only")
    else:
        op.execute("DROP TRIGGER rights_steps_no_update")
    _seal_anew(KeyRing(context.config.attributes["keys"]))
    if is_postgresql:
        op.execute("ALTER TABLE rights_steps ENABLE TRIGGER rights_steps_append_only")
    else:
        op.execute(f"CREATE TRIGGER rights_steps_no_update BEFORE UPDATE ON rights_steps BEGIN {_REFUSAL}; END")


def _seal_anew(keys: KeyRing) -> None:
    connection = op.get_bind()
    query = "SELECT id, request_id, sealed FROM rights_steps WHERE sealed IS NOT NULL"
    rows = connection.execute(sa.text(query)).all()
    keys.fetch({row.request_id for row in rows})
    change = sa.text("UPDATE rights_steps SET sealed = :sealed WHERE id = :id")
    for row in rows:
        try:
            note = keys.unseal(row.request_id, f"rights_steps.sealed:{row.request_id}", row.sealed)
        except KeyDestroyed:
            continue
        sealed = keys.seal(row.request_id, f"rights_steps.sealed:{row.id}", note)
        connection.execute(change, {"sealed": sealed, "id": row.id})
