"""Percentiles of what was measured."""

from __future__ import annotations

import pytest

from lab.percentile import percentile


@pytest.mark.parametrize(
    ("percent", "wanted"), [(50, 10.0), (95, 19.0), (99, 20.0), (100, 20.0), (1, 1.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: int, wanted: float) -> None:
    assert percentile([float(n) for n in range(1, 21)], percent) == wanted


def test_of_one_value_every_percentile_is_that_one() -> None:
    assert {percentile([0.123], percent) for percent in (1, 50, 99, 100)} == {0.12}
