"""Identifiers as text are the identifiers, and rise as they were drawn."""

from __future__ import annotations

import random

from tidegate.clock import ManualClock, SystemClock
from tidegate.ids import Ids, seeded_ids


def test_an_id_as_text_is_the_id() -> None:
    one, other = (seeded_ids(ManualClock(), random.Random(1)) for _ in range(2))
    assert [str(one.uuid()) for _ in range(5000)] == [other.text() for _ in range(5000)]


def test_two_at_once_rise_like_two_after_each_other() -> None:
    ids = Ids(SystemClock())
    drawn = [text for _ in range(5000) for text in ids.two_texts()]
    assert drawn == sorted(set(drawn))
