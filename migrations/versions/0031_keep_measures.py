"""Keep measures of support cases, and the wording that clinics load."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "measure_wordings",
        sa.Column("instrument", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("licence", sa.String(length=200), nullable=False),
        sa.Column("validation", sa.String(length=200), nullable=False),
        sa.Column("parts", vault.types.Json(), nullable=False),
        sa.Column("loaded_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", "language", name=op.f("pk_measure_wordings")),
    )
    op.create_table(
        "case_measures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("filled_by", sa.String(length=10), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("filled_by IN ('clinician', 'person')", name=op.f("ck_case_measures_filled_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_measures_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_measures")),
    )
    with op.batch_alter_table("case_measures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_measures_case_id"), ["case_id"], unique=False)

    op.create_table(
        "measure_offers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=20), nullable=False),
        sa.Column("offered_at", vault.types.Instant(), nullable=False),
        sa.Column("answered_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_measure_offers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_offers")),
    )
    with op.batch_alter_table("measure_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measure_offers_case_id"), ["case_id"], unique=False)
