"""The drain: claim, apply, settle, on record, in order, by one leader."""

from __future__ import annotations
