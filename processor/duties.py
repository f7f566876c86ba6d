"""What the leader does on the side: handed to it from outside, a bounded part at a time.

A duty that has more to do is called again at once, yet never takes more than a tenth of the
leader's time: after a turn of d seconds it rests for nine times that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sql.term import Term
from tidegate.clock import Clock
from tidegate.errors import ConfigError, Deposed
from tidegate.telemetry import logger

REST = 9.0
"""Times its own duration that a duty with more to do rests (design: ten per cent)."""

LONGEST_REST = 30.0
"""Seconds: a process that was frozen within a turn must not rest for nine times that."""

_log = logger("duties")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done every so many seconds while this process leads.

    `run` does a bounded part and says whether there is more. It writes only in transactions that
    begin with the term's fence; `Deposed` ends the term, any other error is logged and the duty
    tried again at its next turn.
    """

    name: str
    every: float
    run: Callable[[Term], bool]


class Duties:
    """One leader's duties, one turn of one of them at a time.

    Args:
        failing: filled with the duties whose last turn failed, and how; others may look at it.
    """

    def __init__(
        self, duties: Sequence[Duty], clock: Clock, failing: dict[str, str] | None = None
    ) -> None:
        names = [duty.name for duty in duties]
        if len(set(names)) < len(names):
            raise ConfigError(f"two duties share a name: {sorted(names)}")
        self._clock = clock
        self._failing = {} if failing is None else failing
        self._due = {duty.name: 0.0 for duty in duties}
        self._duties = duties

    def begin(self, now: float) -> None:
        """A new term: everything is due."""
        self._due = dict.fromkeys(self._due, now)

    def step(self, term: Term, now: float) -> None:
        """Do the one that has been due for longest, if any is. Raises `Deposed`."""
        due = [duty for duty in self._duties if self._due[duty.name] <= now]
        if not due:
            return
        duty = min(due, key=lambda each: self._due[each.name])
        began = self._clock.monotonic()
        more = self._turn(duty, term)
        took = self._clock.monotonic() - began
        rest = min(took * REST, LONGEST_REST)
        self._due[duty.name] = now + took + (rest if more else max(duty.every, rest))

    def _turn(self, duty: Duty, term: Term) -> bool:
        try:
            more = duty.run(term)
        except Deposed:
            raise
        except Exception as error:
            # Nothing on the side may stop the drain.
            self._failing[duty.name] = f"{type(error).__name__}: {error}"
            _log.error("duty.failed", duty=duty.name, error=self._failing[duty.name])
            return False
        self._failing.pop(duty.name, None)
        return more
