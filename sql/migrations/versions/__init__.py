"""One file per step, frozen once released; each says which programs may run on what it leaves."""

from __future__ import annotations
