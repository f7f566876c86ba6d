"""Alembic's entry: migrates the connection that `sql.migrate` hands over, in its transaction.

No URL passes through Alembic's configuration: one with a password or a `%` would be mangled there.
"""

from __future__ import annotations

from alembic import context

from sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    version_table_schema=context.config.attributes["schema"],
)
with context.begin_transaction():
    context.run_migrations()
