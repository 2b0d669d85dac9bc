"""Leave of the ground of an answered erasure the provisions alone: it held words of stores and officers in clear."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_PROVISION = re.compile(r"(Art\. )?\d{1,2}\(\d\)(\([a-z]\))?(, \([a-z]\)){0,5}")


def upgrade() -> None:
    """Rewrite the grounds; the words themselves stay sealed with the erasure."""
    connection = op.get_bind()
    # A refusal's ground was chosen from the list; a completed erasure's was put together from everybody's words.
    query = (
        "SELECT id, ground FROM rights_requests "
        "WHERE \"right\" = 'erasure' AND outcome = 'partly' AND ground IS NOT NULL"
    )
    for row in connection.execute(sa.text(query)).all():
        found = {match[0].removeprefix("Art. ") for match in _PROVISION.finditer(row.ground)}
        if re.sub(_PROVISION, "", row.ground).strip(" ,"):
            found.add("17(3)")
        change = sa.text("UPDATE rights_requests SET ground = :ground WHERE id = :id")
        connection.execute(change, {"ground": ", ".join(sorted(found)), "id": row.id})
