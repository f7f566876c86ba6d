"""The command line, and the only place where roles are wired together."""

from __future__ import annotations
