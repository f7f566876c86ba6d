"""Where the tables are registered, and the number of their schema."""

from __future__ import annotations

from sqlalchemy import MetaData

SCHEMA = "tidegate"
"""The schema's name on SQL Server; SQLite has none."""

SCHEMA_NO = 6
"""Raised with every migration; every fence compares it."""

metadata = MetaData(schema=SCHEMA)
