"""Find a store's items in their order."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Create the index by which a selection goes through a store, page by page."""
    op.create_index("ix_items_store_id", "items", ["store_id", "id"])
