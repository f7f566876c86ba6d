"""The house broken on purpose: simulated from a seed, or run as real processes."""

from __future__ import annotations
