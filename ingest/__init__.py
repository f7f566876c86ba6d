"""Everything that comes in: routes, verdicts, and the writer that makes them durable."""

from __future__ import annotations
