"""The store: tables, migrations, named statements, leadership, and what differs per database."""

from __future__ import annotations
