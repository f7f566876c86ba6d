"""What every test stands on: one Hypothesis profile for machines of any speed."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=60)
settings.load_profile("house")
