"""Keep rights requests, their letters and packages, the stores' orders, breaches and retention reviews."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of the rights."""
    op.create_table(
        "retention_reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("due_at", vault.types.Instant(), nullable=False),
        sa.Column("settled_at", vault.types.Instant(), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_reviews")),
        sa.UniqueConstraint("subject_id", "rule", "due_at", name=op.f("uq_retention_reviews_subject_id_rule_due_at")),
    )
    with op.batch_alter_table("retention_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_reviews_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "breaches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("aware_at", vault.types.Instant(), nullable=False),
        sa.Column("due_at", vault.types.Instant(), nullable=False),
        sa.Column("risk", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("people", vault.types.Json(), nullable=False),
        sa.Column("informed", vault.types.Json(), nullable=False),
        sa.Column("notified_at", vault.types.Instant(), nullable=True),
        sa.Column("closed_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.key"], name=op.f("fk_breaches_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
    )
    op.create_table(
        "rights_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("right", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("requester", sa.String(length=8), nullable=False),
        sa.Column("received_at", vault.types.Instant(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("identity", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("ground", sa.String(length=80), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("pauses", vault.types.Json(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("paused_for", sa.String(length=16), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", vault.types.Instant(), nullable=True),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.key"], name=op.f("fk_rights_requests_organisation")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_rights_requests_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_rights_requests_reference")),
    )
    with op.batch_alter_table("rights_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_requests_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_rights_requests_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_rights_requests_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", vault.types.Instant(), nullable=False),
        sa.Column("safe_until", vault.types.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=True),
        sa.Column("proposed_at", vault.types.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", vault.types.Instant(), nullable=True),
        sa.Column("done_at", vault.types.Instant(), nullable=True),
        sa.Column("cancelled_at", vault.types.Instant(), nullable=True),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_erasures_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasures_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "restriction_endings",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", vault.types.Instant(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_restriction_endings_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_restriction_endings")),
    )
    op.create_table(
        "rights_letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("template", sa.String(length=30), nullable=False),
        sa.Column("template_version", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", vault.types.Instant(), nullable=False),
        sa.Column("sent_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_rights_letters_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_letters")),
    )
    with op.batch_alter_table("rights_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_letters_request_id"), ["request_id"], unique=False)

    op.create_table(
        "rights_packages",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("key_owner", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", vault.types.Instant(), nullable=False),
        sa.Column("fetched_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_rights_packages_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rights_packages")),
    )
    op.create_table(
        "rights_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_rights_steps_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_steps")),
    )
    with op.batch_alter_table("rights_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_steps_request_id"), ["request_id"], unique=False)

    op.create_table(
        "store_tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("due_at", vault.types.Instant(), nullable=False),
        sa.Column("accepted_at", vault.types.Instant(), nullable=True),
        sa.Column("finished_at", vault.types.Instant(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["rights_requests.id"], name=op.f("fk_store_tasks_request_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_tasks_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_tasks")),
    )
    with op.batch_alter_table("store_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_store_tasks_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_store_tasks_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_store_tasks_subject_id"), ["subject_id"], unique=False)
    for statement in protection(op.get_bind().dialect.name, "rights_steps", ("id",)):
        op.execute(statement)
