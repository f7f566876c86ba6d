"""Threads that step roles: sleep until the role's time or a signal, step, again."""

from __future__ import annotations

import threading

from tidegate.clock import Clock
from tidegate.step import Step
from tidegate.telemetry import logger

AFTER_A_FAULT = 1.0
LONGEST_SLEEP = 60.0

_log = logger("stepper")


class Stepper:
    """One role on one thread.

    Args:
        role: may be given later by `start`, since roles and their wake-ups need each other.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Step soon; safe from any thread."""
        # It is cleared before a step looks: where it is set, the next look is still to come.
        if not self._wake.is_set():
            self._wake.set()

    def start(self, role: Step) -> None:
        """Begin to step."""
        self._thread = threading.Thread(
            target=self._run, args=(role,), name=self._name, daemon=True
        )
        self._thread.start()

    def stop(self, grace: float = 5.0) -> bool:
        """Step no more; whether the thread has ended."""
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            return True
        self._thread.join(grace)
        return not self._thread.is_alive()

    def _run(self, role: Step) -> None:
        while not self._stop.is_set():
            # Cleared before the step: what comes while it runs must not be slept through.
            self._wake.clear()
            try:
                due = role.step(self._clock.monotonic())
            except Exception as error:
                _log.error("step.failed", role=self._name, error=repr(error), exc_info=error)
                due = self._clock.monotonic() + AFTER_A_FAULT
            self._wake.wait(min(max(due - self._clock.monotonic(), 0.0), LONGEST_SLEEP))
