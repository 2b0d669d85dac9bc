"""Keep the directory of services, and referrals to them."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0032"
down_revision = "0031"

_APPEND_ONLY: dict[str, tuple[tuple[str, ...], ...]] = {
    "referral_steps": (
        ("id",),
        ("position",),
    ),
}


def upgrade() -> None:
    op.create_table(
        "providers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=32), nullable=False),
        sa.Column("names", vault.types.Json(), nullable=False),
        sa.Column("about", vault.types.Json(), nullable=False),
        sa.Column("needs", vault.types.Json(), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("languages", vault.types.Json(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("genders", vault.types.Json(), nullable=False),
        sa.Column("least_age", sa.Integer(), nullable=False),
        sa.Column("greatest_age", sa.Integer(), nullable=False),
        sa.Column("cost", sa.String(length=8), nullable=False),
        sa.Column("accessible", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.String(length=14), nullable=False),
        sa.Column("waiting_days", sa.Integer(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("changed_at", vault.types.Instant(), nullable=False),
        sa.CheckConstraint("layer BETWEEN 1 AND 4", name=op.f("ck_services_layer")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_services_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_services_provider_id"), ["provider_id"], unique=False)

    op.create_table(
        "referrals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("service_id", sa.String(length=32), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_before", sa.String(length=20), nullable=True),
        sa.Column("fields", vault.types.Json(), nullable=False),
        sa.Column("created_at", vault.types.Instant(), nullable=False),
        sa.Column("changed_at", vault.types.Instant(), nullable=False),
        sa.Column("sent_at", vault.types.Instant(), nullable=True),
        sa.Column("due_at", vault.types.Instant(), nullable=True),
        sa.Column("flagged_at", vault.types.Instant(), nullable=True),
        sa.Column("appointment_at", vault.types.Instant(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("provider_to_tell", sa.Boolean(), nullable=False),
        sa.Column("ground", sa.String(length=10), nullable=True),
        sa.Column("confirm_by", vault.types.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("linked_to", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referrals_case_id")),
        sa.ForeignKeyConstraint(["linked_to"], ["referrals.id"], name=op.f("fk_referrals_linked_to")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_referrals_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("number", name=op.f("uq_referrals_number")),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_state"), ["state"], unique=False)

    op.create_table(
        "provider_links",
        sa.Column("referral_id", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("issued_at", vault.types.Instant(), nullable=False),
        sa.Column("ends_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("fk_provider_links_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_provider_links")),
        sa.UniqueConstraint("serial", name=op.f("uq_provider_links_serial")),
    )
    op.create_table(
        "referral_steps",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("referral_id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("party", sa.String(length=8), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("fk_referral_steps_referral_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_referral_steps")),
        sa.UniqueConstraint("id", name=op.f("uq_referral_steps_id")),
    )
    with op.batch_alter_table("referral_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_steps_referral_id"), ["referral_id"], unique=False)

    for table, keys in _APPEND_ONLY.items():
        for statement in protection(op.get_bind().dialect.name, table, *keys):
            op.execute(statement)
