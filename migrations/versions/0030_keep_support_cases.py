"""Keep support cases."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0030"
down_revision = "0013"

_APPEND_ONLY: dict[str, tuple[tuple[str, ...], ...]] = {
    "case_entries": (
        ("id",),
        ("position",),
    ),
    "case_acts": (("position",),),
}


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("psychologist", sa.String(length=32), nullable=False),
        sa.Column("supervisor", sa.String(length=32), nullable=True),
        sa.Column("layer", sa.Integer(), nullable=True),
        sa.Column("risk", sa.String(length=10), nullable=True),
        sa.Column("risk_at", vault.types.Instant(), nullable=True),
        sa.Column("risk_review_on", sa.Date(), nullable=True),
        sa.Column("asked_at", vault.types.Instant(), nullable=False),
        sa.Column("changed_at", vault.types.Instant(), nullable=False),
        sa.Column("may_contact", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("layer IS NULL OR layer BETWEEN 1 AND 4", name=op.f("ck_cases_layer")),
        sa.CheckConstraint("supervisor IS NULL OR supervisor <> psychologist", name=op.f("ck_cases_supervisor")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.key"], name=op.f("fk_cases_organisation")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_cases_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_cases_subject_id")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_organisation"), ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_psychologist"), ["psychologist"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_supervisor"), ["supervisor"], unique=False)

    op.create_table(
        "broken_glass",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("supervisor", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("until", vault.types.Instant(), nullable=False),
        sa.Column("told_at", vault.types.Instant(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_broken_glass_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    with op.batch_alter_table("broken_glass", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broken_glass_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_acts",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=True),
        sa.Column("act", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_acts_case_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_case_acts")),
    )
    with op.batch_alter_table("case_acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_acts_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_entries",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_entries_case_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_case_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_case_entries_id")),
    )
    with op.batch_alter_table("case_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_entries_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_follow_ups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", vault.types.Instant(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_follow_ups_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_follow_ups")),
    )
    with op.batch_alter_table("case_follow_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_follow_ups_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", vault.types.Instant(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("modality", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_case_sessions_minutes")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_sessions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_sessions")),
    )
    with op.batch_alter_table("case_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_sessions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_sessions_outcome"), ["outcome"], unique=False)

    op.create_table(
        "risk_reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("opened_at", vault.types.Instant(), nullable=False),
        sa.Column("see_by", vault.types.Instant(), nullable=False),
        sa.Column("due_at", vault.types.Instant(), nullable=False),
        sa.Column("seen_at", vault.types.Instant(), nullable=True),
        sa.Column("escalated_at", vault.types.Instant(), nullable=True),
        sa.Column("settled_at", vault.types.Instant(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_risk_reviews_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_reviews")),
    )
    with op.batch_alter_table("risk_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_reviews_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_risk_reviews_settled_at"), ["settled_at"], unique=False)

    for table, keys in _APPEND_ONLY.items():
        for statement in protection(op.get_bind().dialect.name, table, *keys):
            op.execute(statement)
