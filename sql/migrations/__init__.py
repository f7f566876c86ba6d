"""Migrations: `versions/NNNN_{pre|post}_name.py`, applied in the order of their numbers."""

from __future__ import annotations
