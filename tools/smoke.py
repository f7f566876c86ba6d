"""Start a whole house in a fresh folder, post one product, and see it applied."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")
KEYS = {
    "WEBHOOK_KEY": "smoke-webhook-key-0123456789abcdef",
    "ADMIN_KEY": "smoke-admin-key-0123456789abcdef",
}
PRODUCT = {
    "item": {
        "item_id": "460000000026049",
        "name": "Hard Drive",
        "sku": "HD-1",
        "rate": 120.5,
        "last_modified_time": "2026-11-20T10:00:00+0100",
    }
}


class SmokeFailed(Exception):
    """What was expected did not come."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """The first thing that `look` finds; raises `SmokeFailed` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        threading.Event().wait(0.05)
    raise SmokeFailed(f"{what}: not within {seconds:g} s")


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """`tidegate up` with nothing of the caller's own configuration."""
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
    env = {name: os.environ[name] for name in keep if name in os.environ} | KEYS
    tidegate = Path(sys.executable).with_name("tidegate")
    ports = ["--port", str(port), "--sandbox-port", str(free_port())]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [tidegate, "up", "--dir", str(folder / "house"), *ports],
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
        )


def post_and_follow(http: httpx.Client, house: subprocess.Popen[bytes]) -> str:
    """Post the product and wait for its event; returns the event's id."""

    def ready() -> bool | None:
        if house.poll() is not None:
            raise SmokeFailed(f"tidegate up ended with exit code {house.returncode}")
        try:
            return True if http.get("/ready").status_code == 200 else None
        except httpx.TransportError:
            return None

    def applied() -> str | None:
        event = http.get(f"/events/{event_id}", headers={"X-API-Key": KEYS["ADMIN_KEY"]}).json()
        return event_id if event["state"] == "applied" and len(event["attempts"]) == 1 else None

    eventually("/ready answers 200", 30, ready)
    posted = http.post(
        "/webhooks/products", json=PRODUCT, headers={"X-Webhook-Key": KEYS["WEBHOOK_KEY"]}
    )
    if posted.status_code != 202:
        raise SmokeFailed(f"the product got {posted.status_code}: {posted.text}")
    event_id = str(posted.json()["event_id"])
    return eventually("the event is applied with one attempt", 10, applied)


def main() -> int:
    """0 where the product was applied and the house stopped cleanly, else 1."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidegate-smoke-") as name:
        folder, port = Path(name), free_port()
        house = start(folder, port)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
                event_id = post_and_follow(http, house)
            house.send_signal(signal.SIGTERM)
            if house.wait(timeout=30) != 0:
                raise SmokeFailed(f"the stop ended with exit code {house.returncode}")
        except (SmokeFailed, httpx.HTTPError, subprocess.TimeoutExpired) as why:
            print((folder / "log").read_text(errors="replace"), file=sys.stderr)
            print(f"smoke failed: {why!r}", file=sys.stderr)
            return 1
        finally:
            house.kill()
            house.wait()
    print(f"smoke: event {event_id} applied, {time.monotonic() - began:.1f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
