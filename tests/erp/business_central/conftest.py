"""Business Central's adapter over a sandbox that speaks the contract of version 18."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erp.business_central.adapter import BusinessCentral, build
from erp.business_central.auth import Login
from tests.erp.sandbox_bench import Bench


@pytest.fixture
def central(bench: Bench) -> Iterator[BusinessCentral]:
    adapter = build(f"{bench.serving.url}/BC180", "CRONUS", Login(), timeout=2.0)
    yield adapter
    adapter.close()


@pytest.fixture
def hasty(bench: Bench) -> Iterator[BusinessCentral]:
    """The same, which soon gives up."""
    adapter = build(f"{bench.serving.url}/BC180", "CRONUS", Login(), timeout=0.7)
    yield adapter
    adapter.close()
