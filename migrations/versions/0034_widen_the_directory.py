"""Widen the directory: locations, opening hours, what is public, attempts to make sure of a service."""

import secrets

import sqlalchemy as sa
from alembic import op

import vault.types

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", vault.types.Json(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("changed_at", vault.types.Instant(), nullable=False, server_default="0"))
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.add_column(sa.Column("on_site", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("phone", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("email", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("url", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("fees", vault.types.Json(), nullable=False, server_default="{}"))
        batch_op.alter_column("verified_on", existing_type=sa.Date(), nullable=True)
        batch_op.create_check_constraint(op.f("ck_services_ages"), "least_age BETWEEN 0 AND greatest_age")
    for table, columns in (
        ("providers", ("about", "changed_at")),
        ("services", ("on_site", "phone", "email", "url", "fees")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)

    op.create_table(
        "service_locations",
        sa.Column("service_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_service_locations_service_id")),
        sa.PrimaryKeyConstraint("service_id", "id", name=op.f("pk_service_locations")),
    )
    op.create_table(
        "service_hours",
        sa.Column("service_id", sa.String(length=32), nullable=False),
        sa.Column("location_id", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.String(length=5), nullable=False),
        sa.Column("closes_at", sa.String(length=5), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_service_hours_weekday")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_service_hours_stretch")),
        sa.ForeignKeyConstraint(
            ["service_id", "location_id"],
            ["service_locations.service_id", "service_locations.id"],
            name=op.f("fk_service_hours_service_id_location_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "location_id", "weekday", "opens_at", name=op.f("pk_service_hours")),
    )
    op.create_table(
        "service_attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("service_id", sa.String(length=32), nullable=False),
        sa.Column("at", vault.types.Instant(), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_service_attempts_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_attempts")),
    )
    with op.batch_alter_table("service_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_attempts_service_id"), ["service_id"], unique=False)
    _give_each_service_its_places()


def _give_each_service_its_places() -> None:
    services = sa.table("services", *map(sa.column, ("id", "place", "country", "remote")))
    columns = (
        "service_id",
        "id",
        "position",
        "virtual",
        "name",
        "street",
        "city",
        "region",
        "postal_code",
        "country",
        "url",
    )
    places = sa.table("service_locations", *map(sa.column, columns))
    nothing = {"name": "", "street": "", "region": "", "postal_code": "", "url": ""}
    for service_id, place, country, remote in op.get_bind().execute(sa.select(services)).all():
        here = {"position": 0, "virtual": False, "city": place, "country": country}
        anywhere = {"position": 1, "virtual": True, "city": "", "country": ""}
        for each in (here, anywhere) if remote else (here,):
            row = {**nothing, **each, "service_id": service_id, "id": secrets.token_hex(16)}
            op.get_bind().execute(places.insert().values(**row))
