"""Garbage collection as a server wants it: rarely over what is young, never over what stays."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""New objects before the youngest are looked through: a batch of requests makes some thousands that
live until it is committed, and the default of 700 walks them again and again for nothing."""


def settle() -> None:
    """To be called once everything is built: what is there now stays, and is not walked again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
