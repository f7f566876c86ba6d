"""A whole house for each file of tests, with a subscriber that listens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import SECRET, House
from tests.outbox.receiver import Receiver


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver(SECRET, time.time)  # noqa: TID251 - the real house signs with the real time
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[House]:
    env = {"SUBSCRIBER_URL": receiver.url, "SUBSCRIBER_SECRET": SECRET}
    made = House(tmp_path_factory.mktemp("house"), env)
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[House]:
    """A house whose processes the test starts one by one."""
    made = House(tmp_path)
    yield made
    made.close()
