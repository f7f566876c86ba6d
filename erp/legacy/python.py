"""The adapter of Python functions in child processes, one for each lane.

A call that outlasts its limit is killed, with whatever it started in its session; a child that was
killed or died is followed by another. Neither says anything about the write: it is unknown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from erp.legacy import answers
from erp.legacy.child import Child, Start
from tidegate import canon
from tidegate.adapter import Capability, Command, Repeat
from tidegate.canon import Json
from tidegate.config_legacy import LegacyCommand
from tidegate.errors import CanonError, ConfigError, FarError
from tidegate.outcome import Applied, CannotTell, Finding, Rejected

START_LIMIT = 30.0
"""Seconds that a child has to import what it is to call."""


class _Options(Protocol):
    """What the adapter needs of `[adapters.legacy]`."""

    @property
    def interpreter(self) -> str | None: ...
    @property
    def folder(self) -> str | None: ...
    @property
    def timeout(self) -> float: ...
    @property
    def lanes(self) -> int: ...
    @property
    def commands(self) -> Mapping[str, LegacyCommand]: ...


class LegacyPython:
    """Implements `tidegate.adapter.Adapter`.

    Args:
        start: how a child is started.
        functions: by command, those that are called.
        timeout: seconds that one call may take.
        lanes: children at most; each is started when it is first needed.

    Raises `ConfigError` where a call's timeout is not shorter than a command's `in_doubt`.
    """

    def __init__(
        self,
        start: Start,
        functions: Mapping[str, LegacyCommand],
        *,
        timeout: float = 10.0,
        lanes: int = 8,
    ) -> None:
        for name, each in functions.items():
            if each.in_doubt is not None and each.in_doubt <= timeout:
                raise ConfigError(
                    f"[adapters.legacy] timeout ({timeout:g} s) must be shorter than in_doubt of "
                    f"{name} ({each.in_doubt:g} s)",
                    next_step="raise in_doubt, or shorten the adapter's timeout",
                )
        self._start = start
        self._functions = dict(functions)
        self._timeout = timeout
        self._slots = threading.BoundedSemaphore(lanes)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._closed = False

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        return {
            name: Capability(Repeat(each.repeat), each.in_doubt)
            for name, each in self._functions.items()
        }

    def check(self) -> None:
        """Start a child and load every function; raises `ConfigError`."""
        try:
            self.health()
        except FarError as error:
            raise ConfigError(
                f"[adapters.legacy] {error}",
                next_step="check interpreter, folder, and the functions that its commands name",
            ) from error

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Call the function; a repeat by probe looks first. Raises `FarError`, `SendRefused`."""
        functions = self._functions[command.name]
        if command.repeated and functions.repeat == "probe":
            finding = self.probe(command, effect_key)
            if isinstance(finding, Applied):
                return finding
            if isinstance(finding, CannotTell):
                # `sent` speaks of the earlier attempt: the outcome stays unknown.
                raise FarError(finding.message, sent=True, code="cannot_tell")
        line = _line(str(functions.call), "apply", command, effect_key)
        answer = self._ask(line, lambda: command.sending(line, None), sent=True)
        return answers.applied(answer, command)

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """Call the function that looks; raises `FarError`."""
        function = self._functions[command.name].probe
        if function is None:
            return CannotTell(f"{command.name} names no probe")
        line = _line(function, "probe", command, effect_key)
        return answers.found(self._ask(line, lambda: None, sent=False), command)

    def health(self) -> None:
        """Have a child that has loaded every function; raises `FarError`."""
        with self._child():
            return

    def close(self) -> None:
        """End the children that rest; one that works is ended when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _ask(self, line: bytes, before: Callable[[], None], *, sent: bool) -> dict[str, Json]:
        with self._child() as child:
            before()
            child.say(line, self._timeout)
            try:
                answer = child.heard(self._timeout)
            except TimeoutError as error:
                raise FarError(str(error), sent=sent, phase="timeout") from error
            except CanonError as error:
                raise FarError(f"unreadable answer: {error}", sent=sent) from error
            if answer is None:
                died = f"the child died: {child.last_words()}"
                raise FarError(died, sent=sent, phase="dropped")
        if "raised" in answer:
            name, message = str(answer["raised"]), str(answer.get("message", ""))
            raise FarError(f"{name}: {message}", sent=sent, code=name, phase="exception")
        return answer

    @contextmanager
    def _child(self) -> Iterator[Child]:
        """A child of one's own; one that failed its caller is not given to another."""
        if not self._slots.acquire(timeout=self._timeout):
            raise FarError("every child is at work", sent=False, phase="pool")
        try:
            child = self._rested() or self._start.open()
            try:
                yield child
            finally:
                self._rest(child)
        finally:
            self._slots.release()

    def _rested(self) -> Child | None:
        with self._lock:
            children, self._idle = self._idle, []
        for number, child in enumerate(children):
            if child.alive:
                with self._lock:
                    self._idle += children[number + 1 :]
                return child
            child.kill()
        return None

    def _rest(self, child: Child) -> None:
        with self._lock:
            if child.alive and not child.owes and not self._closed:
                self._idle.append(child)
                return
        child.kill()


def build(options: _Options, environ: Mapping[str, str]) -> LegacyPython:
    """The adapter that `[adapters.legacy]` describes; nothing is started.

    Args:
        environ: what the children inherit, less our own secrets.

    Raises `ConfigError`.
    """
    functions = {name: each for name, each in options.commands.items() if each.call is not None}
    if functions and options.interpreter is None:
        raise ConfigError(
            "[adapters.legacy] has functions to call and no interpreter",
            next_step='add interpreter = "/path/to/python", the one that has your modules',
        )
    folder = Path(options.folder) if options.folder else None
    loaded = sorted(
        {name for each in functions.values() for name in (each.call, each.probe) if name}
    )
    start = Start(options.interpreter or "", folder, loaded, environ, START_LIMIT)
    return LegacyPython(start, functions, timeout=options.timeout, lanes=options.lanes)


def _line(function: str, why: str, command: Command, effect_key: UUID) -> bytes:
    handed: dict[str, Any] = {
        "name": command.name,
        "key": command.key,
        "values": dict(command.values),
        "effect_key": str(effect_key),
        "repeated": command.repeated,
        "why": why,
    }
    return canon.dumps({"call": function, "command": handed})
