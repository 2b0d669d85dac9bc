"""Create the tables of the disclosure register."""

import sqlalchemy as sa
from alembic import op

import vault.types
from vault.append_only import protection

revision = "0006"
down_revision = "0005"

_APPEND_ONLY: dict[str, tuple[tuple[str, ...], ...]] = {
    "certificates": (("release_id",),),
    "handover_steps": (("id",), ("release_id", "step")),
    "released_items": (("release_id", "position"),),
    "released_people": (("release_id", "subject_id"),),
    "releases": (("id",), ("number",), ("proposal_id",)),
    "withheld_counts": (("release_id", "reason"),),
}


def upgrade() -> None:
    """Create them; what was released, and what was said about it, is protected against change."""
    op.create_table(
        "certificates",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_certificates")),
    )
    op.create_table(
        "class_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_class", sa.String(length=20), nullable=False),
        sa.Column("content", vault.types.Json(), nullable=False),
        sa.Column("changed_by", sa.String(length=32), nullable=False),
        sa.Column("from_revision", sa.Integer(), nullable=False),
        sa.Column("to_revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_rules")),
    )
    with op.batch_alter_table("class_rules", schema=None) as batch_op:
        batch_op.create_index("ix_class_rules_class", ["recipient_class", "from_revision"], unique=False)

    op.create_table(
        "legal_instruments",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("names", vault.types.Json(), nullable=False),
        sa.Column("compels", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.String(length=32), nullable=False),
        sa.Column("entered_at", vault.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_legal_instruments")),
    )
    op.create_table(
        "recipient_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("transfer_basis", sa.String(length=3), nullable=False),
        sa.Column("transfer_ground", sa.String(length=500), nullable=False),
        sa.Column("standing", vault.types.Json(), nullable=False),
        sa.Column("entered_by", sa.String(length=32), nullable=False),
        sa.Column("from_revision", sa.Integer(), nullable=False),
        sa.Column("to_revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_terms")),
    )
    with op.batch_alter_table("recipient_terms", schema=None) as batch_op:
        batch_op.create_index("ix_recipient_terms_recipient", ["recipient", "from_revision"], unique=False)

    op.create_table(
        "disclosure_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=False),
        sa.Column("supplement_of", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("registered_by", sa.String(length=32), nullable=False),
        sa.Column("registered_at", vault.types.Instant(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", vault.types.Instant(), nullable=True),
        sa.Column("closed_at", vault.types.Instant(), nullable=True),
        sa.Column("closed_as", sa.String(length=12), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_disclosure_requests_closed")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.key"], name=op.f("fk_disclosure_requests_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["supplement_of"], ["disclosure_requests.id"], name=op.f("fk_disclosure_requests_supplement_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_disclosure_requests_number")),
    )
    with op.batch_alter_table("disclosure_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosure_requests_recipient"), ["recipient"], unique=False)

    op.create_table(
        "recipient_notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("scopes", vault.types.Json(), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("went_between", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", vault.types.Instant(), nullable=False),
        sa.Column("sent_by", sa.String(length=32), nullable=True),
        sa.Column("sent_at", vault.types.Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=32), nullable=True),
        sa.Column("acknowledged_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_recipient_notices_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_notices")),
        sa.UniqueConstraint(
            "recipient", "subject_id", "revision", name=op.f("uq_recipient_notices_recipient_subject_id_revision")
        ),
    )
    with op.batch_alter_table("recipient_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipient_notices_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_recipient_notices_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "disclosure_questions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("words_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", vault.types.Instant(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("answered_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["disclosure_requests.id"], name=op.f("fk_disclosure_questions_request_id")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_disclosure_questions_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_questions")),
        sa.UniqueConstraint(
            "request_id", "subject_id", "scope", name=op.f("uq_disclosure_questions_request_id_subject_id_scope")
        ),
    )
    with op.batch_alter_table("disclosure_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosure_questions_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(length=32), nullable=False),
        sa.Column("placed_at", vault.types.Instant(), nullable=False),
        sa.Column("lifted_by", sa.String(length=32), nullable=True),
        sa.Column("lifted_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_legal_holds_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_holds_request_id"), ["request_id"], unique=False)

    op.create_table(
        "release_proposals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("transfer_basis", sa.String(length=3), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", vault.types.Instant(), nullable=False),
        sa.Column("ended_at", vault.types.Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["disclosure_requests.id"], name=op.f("fk_release_proposals_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_proposals")),
    )
    with op.batch_alter_table("release_proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_proposals_request_id"), ["request_id"], unique=False)

    op.create_table(
        "request_items",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_request_items_request_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_request_items_store_id")),
        sa.PrimaryKeyConstraint("request_id", "position", name=op.f("pk_request_items")),
        sa.UniqueConstraint(
            "request_id", "store_id", "external_id", name=op.f("uq_request_items_request_id_store_id_external_id")
        ),
    )
    op.create_table(
        "request_letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_request_letters_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_letters")),
    )
    with op.batch_alter_table("request_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_letters_request_id"), ["request_id"], unique=False)

    op.create_table(
        "secrecy_duties",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", vault.types.Instant(), nullable=False),
        sa.Column("lifted_by", sa.String(length=32), nullable=True),
        sa.Column("lifted_at", vault.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_secrecy_duties_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_secrecy_duties")),
    )
    op.create_table(
        "derived_copies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("registered_by", sa.String(length=32), nullable=False),
        sa.Column("registered_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_derived_copies_item_id")),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_derived_copies_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derived_copies")),
    )
    with op.batch_alter_table("derived_copies", schema=None) as batch_op:
        batch_op.create_index("ix_derived_copies_request", ["request_id", "item_id"], unique=False)

    op.create_table(
        "exonerating_items",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("marked_by", sa.String(length=32), nullable=False),
        sa.Column("marked_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_exonerating_items_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_exonerating_items")),
    )
    op.create_table(
        "legally_held_items",
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["legal_holds.id"], name=op.f("fk_legally_held_items_hold_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_legally_held_items_item_id")),
        sa.PrimaryKeyConstraint("hold_id", "item_id", name=op.f("pk_legally_held_items")),
    )
    with op.batch_alter_table("legally_held_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legally_held_items_item_id"), ["item_id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("released_by", sa.String(length=32), nullable=False),
        sa.Column("released_at", vault.types.Instant(), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_for", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("list_sha256", sa.String(length=64), nullable=False),
        sa.Column("event_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["release_proposals.id"], name=op.f("fk_releases_proposal_id")),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_requests.id"], name=op.f("fk_releases_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("number", name=op.f("uq_releases_number")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_releases_proposal_id")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_recipient"), ["recipient"], unique=False)
        batch_op.create_index(batch_op.f("ix_releases_request_id"), ["request_id"], unique=False)

    op.create_table(
        "handover_steps",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", vault.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_handover_steps_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_steps")),
        sa.UniqueConstraint("release_id", "step", name=op.f("uq_handover_steps_release_id_step")),
    )
    op.create_table(
        "released_items",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("copy", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_released_items_item_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_released_items_release_id")),
        sa.PrimaryKeyConstraint("release_id", "position", name=op.f("pk_released_items")),
    )
    with op.batch_alter_table("released_items", schema=None) as batch_op:
        batch_op.create_index("ix_released_items_item_id", ["item_id"], unique=False)

    op.create_table(
        "released_people",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_released_people_release_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_released_people_subject_id")),
        sa.PrimaryKeyConstraint("release_id", "subject_id", name=op.f("pk_released_people")),
    )
    with op.batch_alter_table("released_people", schema=None) as batch_op:
        batch_op.create_index("ix_released_people_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "withheld_counts",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("may_exonerate", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_withheld_counts_release_id")),
        sa.PrimaryKeyConstraint("release_id", "reason", name=op.f("pk_withheld_counts")),
    )
    for table, keys in _APPEND_ONLY.items():
        for statement in protection(op.get_bind().dialect.name, table, *keys):
            op.execute(statement)
