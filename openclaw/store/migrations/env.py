"""Runs the revisions on the caller's connection, inside the caller's transaction: all of them or none."""

from __future__ import annotations

from alembic import context

from openclaw.store.models import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
