"""Let several staff accounts be one person's."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Create the table; every account that is there is somebody's only one until an administrator says otherwise."""
    op.create_table(
        "staff_accounts",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_staff_accounts")),
    )
    op.create_index(op.f("ix_staff_accounts_person_id"), "staff_accounts", ["person_id"])
