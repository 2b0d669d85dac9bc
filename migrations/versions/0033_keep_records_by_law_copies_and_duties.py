"""Keep how long a support record stays, its part of a copy, and who is on call; let a case wait for a psychologist."""

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("erased_at", vault.types.Instant(), nullable=True))
        table.add_column(sa.Column("keep_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("kept_by", sa.String(length=32), nullable=True))
        table.alter_column("psychologist", existing_type=sa.String(length=32), nullable=True)
    op.create_table(
        "clinical_copies",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("asked_at", vault.types.Instant(), nullable=False),
        sa.Column("prepared_at", vault.types.Instant(), nullable=True),
        sa.Column("prepared_by", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clinical_copies_case_id")),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_clinical_copies_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_clinical_copies")),
    )
    with op.batch_alter_table("clinical_copies") as table:
        table.create_index(op.f("ix_clinical_copies_case_id"), ["case_id"])
    op.create_table(
        "on_call_duties",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_on_call_duties_days")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.key"], name=op.f("fk_on_call_duties_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_duties")),
    )
    with op.batch_alter_table("on_call_duties") as table:
        table.create_index(op.f("ix_on_call_duties_organisation"), ["organisation"])
        table.create_index(op.f("ix_on_call_duties_account_id"), ["account_id"])
