"""Know in which zone somebody reads and writes, and until when the day of a word lasts that is known by its day."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Add the columns; nobody has chosen a zone yet, and no word that is there says where its day was."""
    op.add_column("organisations", sa.Column("zone", sa.String(length=40), nullable=True))
    op.add_column("accounts", sa.Column("zone", sa.String(length=40), nullable=True))
    op.add_column("subject_profiles", sa.Column("zone", sa.LargeBinary(), nullable=True))
    op.add_column("answers", sa.Column("day_ends_at", vault.types.Instant(), nullable=True))
