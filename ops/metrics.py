"""`/metrics` for Prometheus: numbers from small reads, kept for a few seconds.

However many scrape it, the database is asked once in `KEPT` seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.reports import LED_WITHIN, queue_report
from sql.database import Database, Rows
from tidegate import __version__
from tidegate.clock import Clock
from tidegate.errors import StoreError

KEPT = 5.0
"""Seconds for which what was read is told again."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What is told to Prometheus."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._told = b""

    def render(self) -> bytes:
        """The page; `tidegate_up` is 0 where the database does not answer."""
        with self._lock:
            now = self._clock.monotonic()
            if now - self._read_at >= KEPT:
                self._told, self._read_at = self._fresh(), now
            return self._told

    def _fresh(self) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        try:
            stats, numbers = self._db.read("events/stats", {}), self._db.read("alerts/numbers", {})
        except StoreError:
            registry.register(_Told([_gauge("up", "Whether the database answers", 0)]))
        else:
            registry.register(_Told(list(families(stats, numbers))))
        return generate_latest(registry)


class _Told(Collector):
    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def families(stats: Rows, numbers: Rows) -> Iterable[Metric]:
    """Every metric, from the rows of `events/stats` and `alerts/numbers`."""
    yield _gauge("up", "Whether the database answers", 1)
    info = GaugeMetricFamily("tidegate_build_info", "The version", labels=["version"])
    info.add_metric([__version__], 1)
    yield info
    yield from _totals(numbers)
    yield from _queue(stats, numbers)
    yield from _people(numbers)
    for name, words in (("beat_age_seconds", "since the newest beat"), ("leads", "1: it leads")):
        family = GaugeMetricFamily(f"tidegate_leader_{name}", f"Leader: {words}", labels=["role"])
        for row in stats["leaders"]:
            led = float(bool(row["holder"]) and row["age_s"] < LED_WITHIN)
            family.add_metric([row["name"]], led if name == "leads" else row["age_s"])
        yield family


def _totals(numbers: Rows) -> Iterable[Metric]:
    words = {
        "events": "Events accepted, ever",
        "deliveries": "Deliveries with a row of their own, ever",
        "attempts": "Attempts opened, ever",
        "letters": "Dead letters born, ever",
    }
    for name, help_ in words.items():
        family = CounterMetricFamily(f"tidegate_{name}", help_)
        family.add_metric([], numbers["totals"][0][name])
        yield family


def _queue(stats: Rows, numbers: Rows) -> Iterable[Metric]:
    queue = queue_report(stats)
    depth = GaugeMetricFamily("tidegate_queue_events", "Live events", labels=["target", "state"])
    for target, states in queue["depth"].items():
        for state, n in states.items():
            depth.add_metric([target, state], n)
    yield depth
    age = queue["oldest_eligible_age_s"] or 0.0
    yield _gauge("queue_oldest_eligible_seconds", "Age of the oldest event that could run", age)
    unknown = numbers["unknown"][0]["age_s"] or 0.0
    yield _gauge("unknown_oldest_seconds", "Since when the oldest outcome is unknown", unknown)
    outbox = numbers["outbox"][0]["age_s"] if numbers["outbox"] else 0.0
    yield _gauge("outbox_oldest_seconds", "Age of the oldest message to distribute", outbox)
    sent = GaugeMetricFamily("tidegate_outbox_messages", "Messages", labels=["state"])
    for state, n in queue["outbox"].items():
        sent.add_metric([state], n or 0)
    yield sent


def _people(numbers: Rows) -> Iterable[Metric]:
    letters = GaugeMetricFamily(
        "tidegate_dead_letters", "Open dead letters", labels=["error_class"]
    )
    for row in numbers["letters"]:
        letters.add_metric([row["error_class"]], row["n"])
    yield letters
    pauses = GaugeMetricFamily(
        "tidegate_paused_seconds",
        "How long something has stood still",
        labels=["target", "entity", "kind"],
    )
    oldest: dict[tuple[str, ...], float] = {}
    for row in numbers["pauses"]:
        place = (row["target"] or "", row["entity"] or "", row["kind"])
        oldest[place] = max(oldest.get(place, 0.0), row["age_s"])
    for labels, age in oldest.items():
        pauses.add_metric(labels, age)
    yield pauses
    alerts = GaugeMetricFamily(
        "tidegate_alert",
        "Alerts that last: 1, 0 once acknowledged",
        labels=["code", "subject", "severity"],
    )
    for row in numbers["alerts"]:
        what = [row["code"], row["subject"], row["severity"]]
        alerts.add_metric(what, 0 if row["acknowledged_at"] else 1)
    yield alerts


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tidegate_{name}", words, value=value)
