"""Writes that take effect and are answered as if they had not."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from erp.business_central.adapter import BusinessCentral
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.errors import FarError

LATE_MS = 1100
"""Longer than `hasty` waits."""

UNSEEN = pytest.mark.parametrize("fault", ["proxy_502_after", "timeout_408_after"])


def unseen(
    bench: Bench, central: BusinessCentral, command: Command, effect: UUID, fault: str
) -> Command:
    """Apply with that fault; the command's repeat."""
    bench.fault(**{fault: True})
    with pytest.raises(FarError) as caught:
        central.apply(command, effect)
    assert caught.value.sent
    return replace(command, repeated=True)
