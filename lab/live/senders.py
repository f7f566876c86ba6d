"""Senders that post every picture of every item until it is answered, and remember the answers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

PATH = "/webhooks/products"
PATIENCE = 60.0
"""Seconds that the last posts get to be answered."""

PREFIX = "chaos-"
"""Every item's number begins so: what else there is was not made here."""


@dataclass
class Senders:
    """So many items, each with pictures that come one after the other.

    Args:
        url: where to post; behind a proxy that fails.
        key: the static key of the source.
        rate: posts a second, of all together.
    """

    url: str
    key: str
    items: int
    rate: float
    accepted: dict[str, list[str]] = field(default_factory=dict)
    unanswered: int = 0
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _given_up: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor | None = None

    def start(self, threads: int = 8) -> None:
        """Begin to post."""
        self._pool = ThreadPoolExecutor(threads)
        share = [list(range(self.items))[each::threads] for each in range(threads)]
        for mine in share:
            self._pool.submit(self._post_all, mine, threads)

    def stop(self) -> None:
        """Post no new picture; those on their way are posted until answered, or given up."""
        self._stop.set()
        timer = threading.Timer(PATIENCE, self._given_up.set)
        timer.start()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        timer.cancel()

    def _post_all(self, mine: list[int], threads: int) -> None:
        with httpx.Client(base_url=self.url, timeout=5, trust_env=False) as http:
            picture = 0
            while not self._stop.is_set():
                for number in mine:
                    self._post(http, f"{PREFIX}{number:05}", picture)
                    if self._stop.wait(threads / self.rate):
                        break
                picture += 1

    def _post(self, http: httpx.Client, number: str, picture: int) -> None:
        body = {"item": _item(number, picture)}
        pause = threading.Event()
        while not self._given_up.is_set():
            answer = self._answer(http, body)
            if answer is not None:
                with self._lock:
                    self.accepted.setdefault(number, []).append(answer)
                return
            pause.wait(0.1)

    def _answer(self, http: httpx.Client, body: dict[str, Any]) -> str | None:
        try:
            posted = http.post(PATH, json=body, headers={"X-Webhook-Key": self.key})
        except httpx.TransportError:
            with self._lock:
                self.unanswered += 1
            return None
        if posted.status_code != 202:
            # A disk that is full, a database that is gone: it is to be sent again.
            with self._lock:
                self.refused += 1
            return None
        return str(posted.json()["event_id"])


def _item(number: str, picture: int) -> dict[str, Any]:
    minutes, seconds = divmod(picture, 60)
    hours, minutes = divmod(minutes, 60)
    return {
        "item_id": number,
        "name": f"Picture {picture}",
        "sku": number.upper(),
        "rate": picture,
        "last_modified_time": f"2026-05-01T{hours:02}:{minutes:02}:{seconds:02}+0000",
    }
