"""Faults that a test or an operator asks for: what goes wrong, how often, for which requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from tidegate.canon import Json

WRITES = ("POST", "PATCH", "PUT", "DELETE")
SWITCHES = ("queue", "proxy_502_after", "timeout_408_after", "bom")
KINDS = ("status", "delay_ms", "drop", "late_ms", *SWITCHES)
WHERE = ("times", "match", "probability", "seed")
LONGEST_MS = 600_000


class BadFault(ValueError):
    """The body describes no fault."""


@dataclass(slots=True)
class Fault:
    """One registered fault; exactly one of the first eight is set.

    Args:
        status: answered before any work, with the ERP's own error body.
        delay_ms: waited before the request is looked at; then it is served.
        drop: `before` or `after` the work, the connection is closed without an answer.
        late_ms: waited between reading the request and its effect, client or no client.
        queue: the request finds the server's queue full, and is answered 429.
        proxy_502_after: the work is done, and a proxy answers 502 with a page of its own.
        timeout_408_after: the work is done, and the answer is that it took too long.
        bom: the answer's body begins with a byte order mark.
        match: a part of `METHOD path`, with `*` for anything; None hits every write.
        times: how many requests it hits in all.
        probability: how likely it hits a request that it could hit.
        seed: of the chance by which it does.
        left: how many are still to come.
    """

    status: int | None = None
    delay_ms: int | None = None
    drop: str | None = None
    late_ms: int | None = None
    queue: bool | None = None
    proxy_502_after: bool | None = None
    timeout_408_after: bool | None = None
    bom: bool | None = None
    match: str | None = None
    times: int = 1
    probability: Decimal | None = None
    seed: int | None = None
    left: int = 1
    _chance: random.Random | None = None

    @property
    def pause_ms(self) -> int:
        """How long the request takes for the fault's sake."""
        return (self.delay_ms or 0) + (self.late_ms or 0)

    def hits(self, method: str, path: str) -> bool:
        """Whether this request is one of its kind, and chance will have it."""
        if self.match is None:
            return method in WRITES and self._drawn()
        return fnmatchcase(f"{method} {path}", f"*{self.match}*") and self._drawn()

    def _drawn(self) -> bool:
        if self.probability is None:
            return True
        if self._chance is None:
            self._chance = random.Random(self.seed)
        return self._chance.random() < self.probability


class Faults:
    """The registered faults, used up in the order in which they were registered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def register(self, body: Json) -> Fault:
        """Take a fault from a request's body; raises `BadFault`."""
        fault = read_fault(body)
        self._faults.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, one use less; None where none does."""
        for fault in self._faults:
            if fault.hits(method, path):
                fault.left -= 1
                if not fault.left:
                    self._faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def listed(self) -> list[Json]:
        """What is still registered."""
        return [shown(fault) for fault in self._faults]


def shown(fault: Fault) -> dict[str, Json]:
    """A fault as an answer holds it."""
    fields = asdict(fault)
    del fields["_chance"]
    return {name: value for name, value in fields.items() if value is not None}


def read_fault(body: Json) -> Fault:
    """The fault that a body describes; raises `BadFault`."""
    if not isinstance(body, dict):
        raise BadFault("a fault is a JSON object")
    unknown = sorted(body.keys() - {*KINDS, *WHERE})
    if unknown:
        raise BadFault(f"unknown field {unknown[0]!r}")
    given = [kind for kind in KINDS if body.get(kind) is not None]
    if len(given) != 1:
        raise BadFault(f"exactly one of {', '.join(KINDS)} is needed")
    times = _integer("times", 1, 1_000_000)(body.get("times", 1))
    return _fault_of(given[0], body, times)


def _fault_of(kind: str, body: Mapping[str, Json], times: int) -> Fault:
    fault = Fault(
        times=times,
        left=times,
        match=_match(body.get("match")),
        probability=_probability(body.get("probability")),
        seed=_integer("seed", 0, 2**31)(body.get("seed", 0)) if "probability" in body else None,
    )
    setattr(fault, kind, _READERS[kind](body[kind]))
    return fault


def _integer(name: str, least: int, most: int) -> Callable[[Json], int]:
    def read(value: Json) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise BadFault(f"{name} is a whole number from {least} to {most}")

    return read


def _drop(value: Json) -> str:
    if value not in ("before", "after"):
        raise BadFault("drop is 'before' or 'after'")
    return str(value)


def _match(value: Json) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        raise BadFault("match is a part of 'METHOD path'")
    return value


def _probability(value: Json) -> Decimal | None:
    if value is None:
        return None
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or not 0 < value <= 1:
        raise BadFault("probability is a number above 0, up to 1")
    return Decimal(value)


def _switch(value: Json) -> bool:
    if value is not True:
        raise BadFault("a switch is true, or left out")
    return True


_READERS: Mapping[str, Callable[[Json], int | str]] = {
    "status": _integer("status", 400, 599),
    "delay_ms": _integer("delay_ms", 0, LONGEST_MS),
    "drop": _drop,
    "late_ms": _integer("late_ms", 0, LONGEST_MS),
    **dict.fromkeys(SWITCHES, _switch),
}
