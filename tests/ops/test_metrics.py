"""What Prometheus scrapes: numbers of the house, asked for once in a few seconds, with a key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ops.metrics import Metrics
from tests.ops.face import ADMIN_KEY, Face
from tests.processor.bench import House
from tests.processor.desk import NO

BAD = {"Authorization": "Bearer no"}


@pytest.fixture
def face(tmp_path: Path) -> Iterator[Face]:
    made = Face(tmp_path)
    yield made
    made.close()


def numbers(page: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(page.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_house(house: House) -> None:
    house.far.answers["A"].append(NO)
    house.post("A", "dead")
    house.post("B", "fine")
    house.run()
    house.post("C", "waits")
    found = numbers(Metrics(house.db, house.clock).render())
    assert found["tidegate_up", ()] == 1
    assert found["tidegate_events_total", ()] == 3
    assert found["tidegate_dead_letters", ("e",)] == 1
    assert found["tidegate_queue_events", ("pending", "sandbox")] == 1
    assert found["tidegate_leader_leads", ("sync",)] == 1


def test_the_database_is_asked_once_however_many_scrape(house: House) -> None:
    metrics = Metrics(house.db, house.clock)
    first = metrics.render()
    house.post("A", "new")
    assert metrics.render() == first
    house.clock.advance(6.0)
    assert metrics.render() != first


def test_who_has_no_key_gets_no_numbers(face: Face) -> None:
    assert face.raw("GET", "/metrics").status_code == 401
    assert face.raw("GET", "/metrics", headers=BAD).status_code == 401


def test_a_bearer_token_does_as_prometheus_sends_it(face: Face) -> None:
    answer = face.raw("GET", "/metrics", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"tidegate_build_info" in answer.content
