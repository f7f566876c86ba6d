"""The percentile of what was measured."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value at the nearest rank, rounded to hundredths.

    Args:
        ordered: at least one value, the least first.
    """
    return round(ordered[max(-(-percent * len(ordered) // 100) - 1, 0)], 2)
