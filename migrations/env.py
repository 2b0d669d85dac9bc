"""Runs the migrations on the connection that `portal.installation` opened."""

from alembic import context

from portal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
