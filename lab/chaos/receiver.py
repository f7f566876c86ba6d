"""A subscriber of the simulation: it keeps what came, and knows what may come."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab.chaos.faults import Faults
from lab.chaos.store import FREEZE
from lab.chaos.world import Broken, Killed, Process, World
from outbox.send import Answer
from tidegate import canon

SECRET = "whsec_" + "QUJD" * 10
URL = "https://subscriber.example/hook"


class Receiver:
    """What one subscriber has received since the database was last set back.

    Args:
        key_of: the order key of an event.
    """

    def __init__(self, key_of: Callable[[str], object]) -> None:
        self._key_of = key_of
        self.events: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """The numbers may begin anew: the database is an older one now."""
        self._messages: dict[str, tuple[object, int]] = {}
        self._last: dict[object, int] = {}

    def take(self, message: str, number: int, event: str) -> None:
        """One message came. Raises `Broken` where its number cannot be right."""
        self.events.add(event)
        key = self._key_of(event)
        known = self._messages.get(message)
        if known is not None:
            if known != (key, number):
                raise Broken(f"{message} came as {known} and as {(key, number)}")
            return
        self._messages[message] = (key, number)
        if number <= self._last.get(key, 0):
            raise Broken(f"number {number} of key {key} came first after {self._last[key]}")
        self._last[key] = number


class Post:
    """One relay's way to the subscriber."""

    def __init__(self, world: World, process: Process, faults: Faults, receiver: Receiver) -> None:
        self._world = world
        self._process = process
        self._faults = faults
        self._receiver = receiver

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        fault = self._faults.receiver()
        chance = self._world.chance
        match fault:
            case "fail":
                raise OSError("connection refused")
            case "slow":
                self._world.stand_still(self._process, chance.uniform(0.1, 4.0))
            case "freeze":
                self._world.stand_still(self._process, chance.uniform(*FREEZE), freeze=True)
            case "throttled":
                return Answer(429, "1")
        self._take(headers, body)
        if fault == "kill-after":
            raise Killed(self._process)
        if fault == "drop-after":
            raise OSError("connection reset")
        return Answer(204)

    def _take(self, headers: Mapping[str, str], body: bytes) -> None:
        message, number = headers["webhook-id"], int(headers["ce-sequence"])
        event = headers["ce-id"]
        self._world.trace(self._process.name, f"tells {message} number {number} of {event}")
        said = canon.parse(body)
        if not isinstance(said, dict) or not isinstance(said["data"], dict):
            raise Broken(f"{message} is no object")
        if said["data"]["sequence"] != number:
            raise Broken(f"{message} is numbered {number} outside, and otherwise within")
        self._receiver.take(message, number, event)
