"""The ERP as ingest may touch it: what it can do, and reads that leave its people their slots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ingest.problems import problem
from tidegate.adapter import Adapter, Reads
from tidegate.canon import Json
from tidegate.errors import FarError
from tidegate.telemetry import logger

READS = ("purchaseOrders", "purchaseOrderLines", "vendors", "items", "quotes")
SLOTS = 2
"""Reads under way at a time; the rest waits, since people use the same ERP."""

PATIENCE = 10.0
"""Seconds that a read waits for a slot."""

RETRY_AFTER = 5
_TIMEOUTS = frozenset({408, 504})

Records: TypeAlias = Sequence[Mapping[str, Json]]
_log = logger("erp")


class ErpDoor:
    """Adapters by name, asked in their order.

    Args:
        adapters: the first that can do what is wanted is asked.
    """

    def __init__(self, adapters: Mapping[str, Adapter], *, slots: int = SLOTS) -> None:
        self._adapters = dict(adapters)
        self._slots = asyncio.Semaphore(slots)

    def can(self, command: str) -> str | None:
        """Why no adapter can do a command, None where one can."""
        if any(command in adapter.commands for adapter in self._adapters.values()):
            return None
        return f"{' and '.join(self._adapters)} cannot do {command}"

    def capabilities(self, commands: Sequence[str]) -> dict[str, Json]:
        """Per adapter: each of these commands and each read, or why not."""
        return {
            name: {
                "commands": {each: _command(adapter, each) for each in commands},
                "reads": {each: _read(adapter, each) for each in READS},
            }
            for name, adapter in self._adapters.items()
        }

    async def read(
        self, name: str, key: str = "", *, limit: int = 1, after: str = ""
    ) -> Records | Response | None:
        """Records, None where there are none of that key, or the problem that answers instead."""
        for adapter in self._adapters.values():
            if isinstance(adapter, Reads) and _why_not(adapter, name) is None:
                call = partial(adapter.read, name, key, limit=limit, after=after)
                return await self._in_turn(call)
        reasons = [f"{each}: {_why_not(far, name)}" for each, far in self._adapters.items()]
        return not_here("; ".join(reasons))

    def close(self) -> None:
        """Close the adapters."""
        for adapter in self._adapters.values():
            adapter.close()

    async def _in_turn(self, call: Callable[[], Records | None]) -> Records | Response | None:
        try:
            await asyncio.wait_for(self._slots.acquire(), PATIENCE)
        except TimeoutError:
            return _gone("too many reads are under way")
        try:
            return await run_in_threadpool(call)
        except FarError as error:
            return _far_problem(error)
        finally:
            self._slots.release()


def not_here(reason: str) -> Response:
    """What the ERP behind this house cannot do."""
    return problem(501, "The ERP cannot do this", reason)


def _why_not(adapter: Adapter, name: str) -> str | None:
    if not isinstance(adapter, Reads):
        return "it offers no reads"
    return adapter.reads.get(name, f"it cannot read {name}")


def _command(adapter: Adapter, name: str) -> dict[str, Json]:
    found = adapter.commands.get(name)
    if found is None:
        return {"can": False, "reason": f"the adapter does not offer {name}"}
    told: dict[str, Json] = {"can": True, "repeat": found.repeat.value}
    if found.in_doubt is not None:
        told["in_doubt_s"] = Decimal(repr(found.in_doubt))
    return told


def _read(adapter: Adapter, name: str) -> dict[str, Json]:
    reason = _why_not(adapter, name)
    return {"can": True} if reason is None else {"can": False, "reason": reason}


def _far_problem(error: FarError) -> Response:
    """A read that failed; nothing was written, so its caller may simply ask again."""
    _log.warning("read.failed", error=str(error), status=error.status, phase=error.phase)
    if error.status == 404:
        return problem(404, "The ERP does not find it", str(error))
    if error.phase == "timeout" or error.status in _TIMEOUTS:
        return problem(504, "The ERP did not answer in time", str(error))
    return _gone(str(error), error.retry_after)


def _gone(detail: str, after: float | None = None) -> Response:
    headers = {"Retry-After": str(max(1, round(after or RETRY_AFTER)))}
    return problem(503, "The ERP is not available", detail, headers=headers)
