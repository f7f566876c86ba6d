"""The adapter of a simulation: over the ledger, with every way in which a call can end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from erp.business_central.repeats import Seen, Verdict, judge
from lab.chaos.faults import Faults
from lab.chaos.ledger import Ledger, Request
from lab.chaos.store import FREEZE
from lab.chaos.world import Killed, Process, World
from tidegate.adapter import Capability, Command, Repeat
from tidegate.canon import Json
from tidegate.errors import FarError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, Rejected

IN_DOUBT = 120.0
"""Seconds; longer than the longest freeze, the latest effect and all steps of the clock."""

LATE = (1.0, 40.0)
TIMEOUT = 2.0
TRIES = 3
BOMB = "bomb"
"""What a value begins with that kills whatever process maps it."""

COMMANDS: Mapping[str, Capability] = {
    "records.set": Capability(Repeat.CONDITIONAL, IN_DOUBT),
    "records.delete": Capability(Repeat.CONDITIONAL, IN_DOUBT, removes=True),
    "documents.make": Capability(Repeat.PROBE, IN_DOUBT),
    "inbox.post": Capability(Repeat.KEY, IN_DOUBT),
    "blind.post": Capability(Repeat.NEVER),
}
_CONFLICTS = ("Request_EntityChanged", "Internal_EntityWithSameKeyExists")


class FarAdapter:
    """One process's adapter.

    Args:
        ledger: the far side itself.
    """

    def __init__(self, world: World, process: Process, faults: Faults, ledger: Ledger) -> None:
        self._world = world
        self._process = process
        self._faults = faults
        self._ledger = ledger

    @property
    def commands(self) -> Mapping[str, Capability]:
        return COMMANDS

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        if _value(command).startswith(BOMB):
            raise Killed(self._process)
        repeat = COMMANDS[command.name].repeat
        try:
            if repeat in (Repeat.CONDITIONAL, Repeat.PROBE):
                return self._conditional(command, effect_key, repeat)
            self._send(command, effect_key, "")
        except FarError as error:
            if error.code.startswith("Application_"):
                return Rejected(str(error), error.code)
            raise
        return Applied(None, _told(command))

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        if _value(command).startswith(BOMB):
            raise Killed(self._process)
        repeat = COMMANDS[command.name].repeat
        if repeat in (Repeat.KEY, Repeat.NEVER):
            return NotApplied("nothing to look at")
        match judge(self._seen(command), command.earlier_version, repeat):
            case Verdict.SHOWN:
                return Applied(None, _told(command), found=True)
            case Verdict.CANNOT_TELL:
                return CannotTell("changed since the unknown attempt read it")
            case Verdict.SEND:
                return NotApplied("it does not show what was asked")

    def health(self) -> None:
        self._reach()

    def close(self) -> None:
        """Nothing is held."""

    def _conditional(self, command: Command, effect: UUID, repeat: Repeat) -> Applied:
        """As `erp.business_central.conditional` does it: read, decide, write, read again."""
        earlier = command.earlier_version
        for tried in range(1, TRIES + 1):
            seen = self._seen(command)
            if command.repeated:
                verdict = judge(seen, earlier, repeat)
                if verdict is Verdict.SHOWN:
                    return Applied(None, _told(command), found=True)
                if verdict is Verdict.CANNOT_TELL:
                    raise FarError("changed since", sent=True, code="cannot_tell")
                earlier = seen.version
            if command.name == "records.delete" and seen.record is None:
                return Applied(found=True)
            try:
                self._send(command, effect, seen.version, first=tried == 1)
            except FarError as error:
                if error.code not in _CONFLICTS or tried == TRIES:
                    raise
            else:
                return Applied(None, _told(command))
        raise AssertionError("the last try ends in one way or the other")

    def _seen(self, command: Command) -> Seen:
        self._reach()
        if command.name == "documents.make":
            there = command.key in self._ledger.documents
            return Seen({"@odata.etag": "made"} if there else None, shows=there)
        kept = self._ledger.records.get(command.key)
        if kept is None:
            return Seen(None, shows=command.name == "records.delete")
        same = command.name == "records.set" and kept.value == _value(command)
        return Seen({"@odata.etag": kept.version}, shows=same)

    def _reach(self) -> None:
        match self._faults.read():
            case "unreachable":
                raise FarError("connection refused", sent=False, phase="connect")
            case "busy":
                raise FarError("busy", sent=False, status=503)

    def _send(self, command: Command, effect: UUID, version: str, *, first: bool = True) -> None:
        fault = self._faults.far()
        if fault == "unreachable":
            raise FarError("connection refused", sent=False, phase="connect")
        command.sending(f"{command.name} {command.key}".encode(), version or None)
        request = Request(command.name, command.key, _value(command), effect, version)
        self._ledger.sent[effect] += first
        words = f"sends {command.name} {command.key} {request.value} of {effect} [{version}]"
        self._world.trace(self._process.name, words + (f" !{fault}" if fault else ""))
        self._ledger.under_way[effect] += 1
        try:
            self._on_the_wire(request, fault)
        finally:
            self._ledger.under_way[effect] -= 1

    def _on_the_wire(self, request: Request, fault: str | None) -> None:
        chance = self._world.chance
        match fault:
            case "freeze":
                # Asked, and allowed; what stands between that and the first byte can be anything.
                self._world.stand_still(self._process, chance.uniform(*FREEZE), freeze=True)
            case "slow":
                self._world.stand_still(self._process, chance.uniform(0.1, 5.0))
            case "kill":
                raise Killed(self._process)
            case "refused":
                raise FarError("busy", sent=True, status=503, code="ServiceBusy")
            case "throttled":
                raise FarError("slow down", sent=True, status=429, code="429", retry_after=2.0)
            case "drop-before":
                raise FarError("dropped", sent=True, phase="dropped")
            case "late":
                self._late(request)
        if fault in ("drop-after", "proxy-after", "kill-after"):
            with suppress(FarError):
                self._ledger.execute(request)
            if fault == "kill-after":
                raise Killed(self._process)
            status = 502 if fault == "proxy-after" else None
            raise FarError(str(fault), sent=True, status=status, phase="dropped")
        self._ledger.execute(request)

    def _late(self, request: Request) -> None:
        """Its sender gives up; the far side does it all the same, in its own time."""
        self._ledger.under_way[request.effect] += 1

        def land() -> None:
            self._ledger.under_way[request.effect] -= 1
            with suppress(FarError):
                self._ledger.execute(request)

        self._world.after_s(self._world.chance.uniform(*LATE), land)
        self._world.stand_still(self._process, TIMEOUT)
        raise FarError("no answer in time", sent=True, phase="timeout")


def _value(command: Command) -> str:
    value = command.values.get("value")
    return value if isinstance(value, str) else ""


def _told(command: Command) -> dict[str, Json]:
    return dict(command.values)
