"""The drain: the one leader's loop, as a step.

Settle what the lanes finished, then start what may start. A new term first adopts what the old one
left open, and looks each such event up alone before anything else runs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from processor import outcome as decide
from processor.apply import Apply, MaySend
from processor.outcome import Decision, Policy, Repeated
from processor.settle import Settlement, reopening
from processor.store import Poll, QueueStore
from processor.work import Claimed, Looked, Result, Trace, Wrote
from sql.database import Row
from sql.leadership import AFTER_DEPOSED, TRUST, Leadership
from sql.term import Term
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import Conflict, Deposed, StoreBusy, StoreError
from tidegate.lanes import Lanes
from tidegate.outcome import Applied, Unknown
from tidegate.telemetry import logger, together

IDLE_POLL = 0.1
"""Seconds between looks when nobody signals; ingest in the same process does."""

BUSY_RETRY = 0.02
ALONE_PATIENCE = 2.0
"""Seconds that the others wait for a lone look-up after a crash (design: queue, Crash)."""

ALONE_PAUSE = 5.0
DEMOTED_ROUNDS = 3
EXPIRED_ROUNDS = 5
MOST_EXPIRED = 200
"""Commands past their deadline that end in one transaction."""


_log = logger("drain")


@dataclass(frozen=True, slots=True)
class Target:
    """An adapter with its name and what runs its attempts."""

    name: str
    apply: Apply


class Drain:
    """One processor.

    Args:
        on_settled: told the ids of events that came to an end, after the commit.
    """

    def __init__(
        self,
        store: QueueStore,
        leadership: Leadership,
        targets: Sequence[Target],
        lanes: Lanes[Result],
        config: Config,
        clock: Clock,
        chance: random.Random,
        on_settled: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._leadership = leadership
        self._targets = {target.name: target for target in targets}
        self._lanes = lanes
        self._config = config
        self._clock = clock
        self._chance = chance
        self._on_settled = on_settled
        self._stopping = False
        self._finished: list[Result] = []
        self._running: set[tuple[int, int]] = set()
        self._alone_due: float | None = None
        self._alone_since: float | None = None
        self._hungry: set[str] = set()
        self._look_at: dict[str, float] = {}
        self._polled_at = 0.0
        self._last_token = ""

    @property
    def running(self) -> int:
        """Attempts in the lanes."""
        return len(self._running)

    def stop_claiming(self) -> None:
        """From now on only what runs is settled."""
        self._stopping = True

    def step(self, now: float) -> float:
        """One round; see `tidegate.step`."""
        self._finished += self._lanes.finished()
        term = self._leadership.step(now)
        if term is None:
            self._drop()
            return max(self._leadership.wake_at, now)
        try:
            if self._leadership.new_term:
                self._begin(term, now)
            self._settle(term)
            more = not self._stopping and self._start(term, now)
            if not self._stopping and now - self._polled_at >= IDLE_POLL:
                # With every lane taken nobody looks for work; deadlines pass all the same.
                self._poll(term, next(iter(self._targets)), now)
        except StoreBusy:
            return now + BUSY_RETRY
        except Deposed:
            self._down("another term leads", AFTER_DEPOSED)
            return self._leadership.wake_at
        except Conflict as error:
            # A row is not as this term left it: its picture of the queue is wrong.
            self._down(f"the queue is not as it was left: {error}")
            return self._leadership.wake_at
        except StoreError as error:
            self._down(str(error))
            return self._leadership.wake_at
        return now if more else min(self._leadership.wake_at, now + self._idle())

    def _begin(self, term: Term, now: float) -> None:
        self._drop()
        adopted = self._store.adopt(term, self._leadership.last_beat, TRUST, self._last_token)
        self._confirm()
        self._last_token = term.token
        self._leadership.settled_in()
        self._alone_due, self._alone_since = now, None
        if adopted:
            _log.warning("crash.adopted", epoch=term.epoch, open_attempts=adopted)

    def _down(self, reason: str, wait: float = 1.0) -> None:
        self._drop()
        self._leadership.step_down(reason, wait)

    def _drop(self) -> None:
        """Results of a term that is over change nothing; the next term looks them up."""
        self._finished.clear()
        self._running.clear()

    def _confirm(self) -> None:
        self._leadership.confirm(self._store.confirmed_at)

    def _settle(self, term: Term) -> None:
        mine = [each for each in self._finished if self._ref(each.claimed) in self._running]
        if not mine:
            self._finished.clear()
            return
        settlement = Settlement(self._clock.boottime(), self._config.version)
        repeats: list[Looked] = []
        for result in mine:
            decision = self._decide(result)
            if isinstance(decision, Repeated) and isinstance(result, Looked):
                repeats.append(result)
            else:
                settlement.add(result, decision)
        if settlement.lists["closes"]:
            self._store.settle(term, settlement.lists)
            self._confirm()
            self._forget([each for each in mine if each not in repeats])
            self._on_settled(settlement.ended)
            with together():
                for row, result in zip(settlement.lists["closes"], settlement.results, strict=True):
                    _tell(row, result)
        if repeats:
            self._repeat(term, repeats)
        self._finished.clear()

    def _repeat(self, term: Term, looked: list[Looked]) -> None:
        closes, reopened = reopening(looked, self._clock.boottime())
        self._store.reopen(term, closes, reopened)
        self._confirm()
        for each in looked:
            claimed = _next_number(each.claimed)
            self._running.discard(self._ref(each.claimed))
            self._submit(term, claimed, self._targets[claimed.target].apply.write)

    def _decide(self, result: Result) -> Decision:
        if isinstance(result, Wrote) and isinstance(result.outcome, Applied):
            # Needs no policy, for which the record would be mapped once more.
            return decide.End("applied")
        policy = self._policy(result.claimed)
        if decide.quarantined(result.claimed):
            return decide.quarantine(result.claimed, policy)
        if isinstance(result, Wrote):
            return decide.after_write(result, policy, self._chance)
        return decide.after_look(result, policy, self._chance)

    def _policy(self, claimed: Claimed) -> Policy:
        repeat, in_doubt = self._targets[claimed.target].apply.repeat_of(claimed)
        return Policy(self._config.entity(claimed.source, claimed.entity), repeat, in_doubt)

    def _start(self, term: Term, now: float) -> bool:
        """Start what may start; whether another round should follow at once."""
        if self._alone_since is not None:
            if now - self._alone_since < ALONE_PATIENCE:
                return False
        elif self._alone_due is not None and now >= self._alone_due:
            return self._start_alone(term, now)
        for target in self._targets:
            if self._lanes.free() > 0:
                self._claim(term, target, now)
        return False

    def _start_alone(self, term: Term, now: float) -> bool:
        if self._running:
            return False  # it runs when nothing else does
        for target in self._targets:
            found = self._store.claim_unknown(term, target, 1, alone=True)
            self._confirm()
            if found:
                self._alone_since = now
                self._look(term, found)
                return False
        self._alone_due = self._next_alone(now)
        return True

    def _next_alone(self, now: float) -> float | None:
        waits = [self._store.poll(name).alone_in_s for name in self._targets]
        due = [wait for wait in waits if wait is not None]
        return now + max(min(due), BUSY_RETRY) if due else None

    def _claim(self, term: Term, target: str, now: float) -> None:
        # A full claim says that there is more, so looks, which only read, are rare then. They must
        # not end: unknown rows would wait, and hold their keys, for as long as a backlog lasts.
        hungry = target in self._hungry and now < self._look_at.get(target, 0.0)
        poll = None if hungry else self._poll(term, target, now)
        due = poll is not None and poll.due_in_s is not None and poll.due_in_s <= 0
        if poll is not None:
            self._look_at[target] = now + IDLE_POLL
        if due:
            lanes = max(self._lanes.free() // 2, 1)
            found = self._store.claim_unknown(term, target, lanes, alone=False)
            self._confirm()
            self._look(term, found)
        if (poll is None or poll.ready or due) and self._lanes.free() > 0:
            self._claim_ready(term, target)

    def _poll(self, term: Term, target: str, now: float) -> Poll:
        """What there is to do, once those past their deadline have ended and freed their keys."""
        self._polled_at = now
        poll = self._store.poll(target)
        if not poll.expired:
            return poll
        for _ in range(EXPIRED_ROUNDS):
            ended = self._store.expire(term, MOST_EXPIRED)
            self._confirm()
            self._on_settled(ended)
            for event in ended:
                _log.info("expired", event_id=event)
            if len(ended) < MOST_EXPIRED:
                break
        return self._store.poll(target)

    def _claim_ready(self, term: Term, target: str) -> None:
        for _ in range(DEMOTED_ROUNDS):
            free = self._lanes.free()
            found, demoted = self._store.claim(term, target, free)
            self._confirm()
            for claimed in found:
                self._submit(term, claimed, self._targets[target].apply.write)
            if demoted <= len(found) or self._lanes.free() == 0:
                break
        (self._hungry.add if len(found) == free else self._hungry.discard)(target)

    def _look(self, term: Term, found: list[Claimed]) -> None:
        for claimed in found:
            if decide.quarantined(claimed):
                self._running.add(self._ref(claimed))
                self._finished.append(Wrote(claimed, Unknown("quarantined"), Trace(rule="crash")))
            else:
                self._submit(term, claimed, self._targets[claimed.target].apply.look)

    def _submit(
        self, term: Term, claimed: Claimed, run: Callable[[Claimed, MaySend], Result]
    ) -> None:
        # Bound to its term: a slow lane of a former term must not send on a later one's beat.
        def may_send() -> bool:
            return self._leadership.term is term and self._leadership.may_send()

        self._running.add(self._ref(claimed))
        self._lanes.submit(lambda: run(claimed, may_send))

    def _forget(self, results: Sequence[Result]) -> None:
        for each in results:
            self._running.discard(self._ref(each.claimed))
            if each.claimed.alone and self._alone_since is not None:
                now = self._clock.monotonic()
                patient = now - self._alone_since < ALONE_PATIENCE
                self._alone_since = None
                # A far side that does not answer ends the round; the rest is looked up later.
                self._alone_due = now if patient else now + ALONE_PAUSE

    def _idle(self) -> float:
        return BUSY_RETRY if self._finished else IDLE_POLL

    @staticmethod
    def _ref(claimed: Claimed) -> tuple[int, int]:
        return claimed.event_id, claimed.number


def _tell(closed: Row, result: Result) -> None:
    claimed = result.claimed
    _log.info(
        "attempt",
        event_id=str(claimed.uuid),
        entity=claimed.entity,
        key=claimed.entity_text,
        action=claimed.operation,
        number=claimed.number,
        outcome=closed["outcome"],
        decision=closed["decision"],
        rule=closed["rule"],
        message=closed["message"],
        duration_ms=closed["duration_ms"],
    )


def _next_number(claimed: Claimed) -> Claimed:
    return replace(claimed, number=claimed.number + 1, tries=claimed.tries + 1)
