"""The jobs that every queue drains: as many, and as large, as those of `tidegate bench drain`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator

BODY = (
    '{"item": {"item_id": "%015d", "name": "Hard Drive", "sku": "HD-%015d", "rate": 120.50, '
    '"last_modified_time": "2026-11-20T10:00:00+0100"}}'
)
CHUNK = 5_000
"""Jobs that are put into a queue at once; putting them there is not measured."""


def chunks(n: int) -> Iterator[list[str]]:
    """The bodies of `n` jobs, so many at a time."""
    for start in range(1, n + 1, CHUNK):
        yield [BODY % (i, i) for i in range(start, min(start + CHUNK, n + 1))]


def arguments() -> argparse.Namespace:
    """What a worker is told: how many jobs, and where its queue lives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--at", required=True, help="the queue's DSN or file")
    parser.add_argument("--batch", type=int, default=10, help="jobs that are taken at once")
    parser.add_argument("--workers", type=int, default=1, help="that take them, in one process")
    return parser.parse_args()


class Counter:
    """Counts the jobs that ran, and how long they took together."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.ran = 0
        self.began = 0.0

    def start(self) -> None:
        self.began = time.perf_counter()

    def one(self) -> None:
        self.ran += 1

    def report(self, library: str, version: str, **said: object) -> None:
        """One line of JSON; a run that lost jobs ends with an error."""
        seconds = time.perf_counter() - self.began
        if self.ran != self.jobs:
            sys.exit(f"{library}: of {self.jobs} jobs {self.ran} ran")
        found = {"queue": library, "version": version, "per_s": round(self.jobs / seconds)}
        print(json.dumps(found | said))
