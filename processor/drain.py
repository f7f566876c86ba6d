"""The drain: the one leader's loop, as a step.

Settle what the lanes finished, then start what may start. A new term first adopts what the old one
left open, and looks each such event up alone before anything else runs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from erp.registry import options_of
from processor import outcome as decide
from processor.alone import Leave, SettledAlone
from processor.apply import Apply, MaySend
from processor.breaker import Finished, Health, ask
from processor.duties import Duties
from processor.gate import Gate, Running
from processor.outcome import Decision, Policy, Repeated
from processor.pauses import Pauses
from processor.settle import Settlement, reopening
from processor.store import Poll, QueueStore
from processor.telling import tell
from processor.work import Claimed, Looked, Result, Trace, Wrote
from sql.leadership import AFTER_DEPOSED, TRUST, Leadership
from sql.term import Term
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import Conflict, Deposed, StoreBusy, StoreError
from tidegate.lanes import Lanes
from tidegate.outcome import Applied, Unknown
from tidegate.telemetry import logger

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

MOST_REQUESTS = 20
"""Requests of operators that one look carries out."""

PARK_ROUNDS = 5
PARK_ROWS = 500
"""Rows at the front that are looked through for those that stand still; above any free lanes."""


_log = logger("drain")


@dataclass(frozen=True, slots=True)
class Target:
    """An adapter with its name and what runs its attempts."""

    name: str
    apply: Apply


class Requests(Protocol):
    """What people have asked of the leader."""

    def carry_out(self, term: Term) -> list[str]:
        """Do a bounded part of it; the ids of the events that came to an end."""
        ...

    @property
    def more(self) -> bool:
        """Whether something was done, so that there may be more."""
        ...


class Drain:
    """One processor.

    Args:
        on_settled: told the ids of events that came to an end, after the commit.
        requests: carried out where a look finds some; None: nobody asks for anything.
        duties: what is done on the side while this process leads.
    """

    def __init__(
        self,
        store: QueueStore,
        leadership: Leadership,
        targets: Sequence[Target],
        lanes: Lanes[Finished],
        config: Config,
        clock: Clock,
        chance: random.Random,
        on_settled: Callable[[list[str]], None] = lambda _: None,
        requests: Requests | None = None,
        duties: Duties | None = None,
    ) -> None:
        self._store = store
        self._leadership = leadership
        self._targets = {target.name: target for target in targets}
        self._lanes = lanes
        self._config = config
        self._clock = clock
        self._chance = chance
        self._on_settled = on_settled
        self._requests = requests
        self._duties = duties
        self._pauses = Pauses(config.writes_off())
        self._gates = {
            each.name: Gate(
                each.name,
                options_of(each.name, config.adapter(each.name)),
                chance,
                each.apply.health,
            )
            for each in targets
        }
        self._stopping = False
        self._finished: list[Result] = []
        self._running: dict[tuple[int, int], Running] = {}
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
        self._take(now)
        term = self._leadership.step(now)
        if term is None:
            self._drop()
            return max(self._leadership.wake_at, now)
        try:
            if self._leadership.new_term:
                self._begin(term, now)
            self._settle(term)
            self._show(term, now)
            more = not self._stopping and self._start(term, now)
            if self._duties is not None and not self._stopping:
                self._duties.step(term, now)
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
        if self._duties is not None:
            self._duties.begin(now)
        self._pauses.seen(self._store.pauses(), now)
        for target, reason in self._pauses.broken.items():
            if target in self._gates:
                self._gates[target].adopt(reason, now)
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
        for gate in self._gates.values():
            gate.begin()

    def _take(self, now: float) -> None:
        """What the lanes finished; each end is a lesson, once, however often it is settled."""
        for each in self._lanes.finished():
            if isinstance(each, Health):
                self._gates[each.target].breaker.asked(each, now)
                continue
            running = self._running.get(self._ref(each.claimed))
            if running is not None:
                self._gates[running.target].ended(each, running, now)
                self._finished.append(each)

    def _show(self, term: Term, now: float) -> None:
        """Write down what stands still, for people, for the door, and for the next leader."""
        for gate in self._gates.values():
            for pause in list(gate.wanted.values()):
                self._store.open_pause(term, pause)
                self._confirm()
                del gate.wanted[pause.entity]
                self._pauses.look_again()
                place = {"target": pause.target, "entity": pause.entity}
                _log.error("paused", **place, reason=pause.reason, next_step="tidegate resume")
            change = gate.to_show(now)
            if change is None:
                continue
            pause, shut = change
            (self._store.open_pause if shut else self._store.close_pause)(term, pause)
            self._confirm()
            gate.shown(now)
            word = "breaker.open" if shut else "breaker.closed"
            _log.warning(word, target=gate.target, reason=pause.reason if shut else None)

    def _confirm(self) -> None:
        self._leadership.confirm(self._store.confirmed_at)

    def _settle(self, term: Term) -> None:
        mine = [
            each
            for each in self._finished
            if self._ref(each.claimed) in self._running and not self._settled_alone(each)
        ]
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
            tell(zip(settlement.lists["closes"], settlement.results, strict=True))
        if repeats:
            self._repeat(term, repeats)
        self._finished.clear()

    def _settled_alone(self, result: Result) -> bool:
        """Whether its lane has settled it already, so that all that is left is to tell of it."""
        if not isinstance(result, SettledAlone):
            return False
        self._leadership.confirm(result.began)
        self._forget([result])
        self._on_settled([result.claimed.uuid])
        # The record was closed before the call could be timed.
        tell([({**result.row, "duration_ms": result.trace.duration_ms}, result)])
        return True

    def _repeat(self, term: Term, looked: list[Looked]) -> None:
        closes, reopened = reopening(looked, self._clock.boottime())
        self._store.reopen(term, closes, reopened)
        self._confirm()
        for each in looked:
            claimed = _next_number(each.claimed)
            del self._running[self._ref(each.claimed)]
            self._submit(term, claimed, self._targets[claimed.target].apply.write)

    def _decide(self, result: Result) -> Decision:
        if isinstance(result, Wrote) and isinstance(result.outcome, Applied):
            # Needs no policy, for which the record would be mapped once more.
            return decide.APPLIED
        policy = self._policy(result)
        if decide.quarantined(result.claimed):
            return decide.quarantine(result.claimed, policy)
        if isinstance(result, Wrote):
            return decide.after_write(result, policy, self._chance)
        return decide.after_look(result, policy, self._chance)

    def _policy(self, result: Result) -> Policy:
        claimed = result.claimed
        found = result.trace.repeat
        repeat, in_doubt = found or self._targets[claimed.target].apply.repeat_of(claimed)
        counts = self._running[self._ref(claimed)].counts
        entity = self._config.entity(claimed.source, claimed.entity)
        return Policy(entity, repeat, in_doubt, counts)

    def _start(self, term: Term, now: float) -> bool:
        """Start what may start; whether another round should follow at once."""
        if self._pauses.must_look(now):
            self._pauses.seen(self._store.pauses(), now)
        if self._alone_since is not None:
            if now - self._alone_since < ALONE_PATIENCE:
                return False
        elif self._alone_due is not None and now >= self._alone_due:
            return self._start_alone(term, now)
        for target in self._targets:
            if self._lanes.free() > 0 and not self._pauses.stands(target):
                self._serve(term, self._gates[target], now)
        return False

    def _serve(self, term: Term, gate: Gate, now: float) -> None:
        if gate.breaker.must_ask(now):
            self._lanes.submit(partial(ask, gate.target, gate.health))
        if self._room(gate, now) > 0:
            self._claim(term, gate, now)

    def _room(self, gate: Gate, now: float) -> int:
        return min(self._lanes.free(), gate.room(now))

    def _start_alone(self, term: Term, now: float) -> bool:
        if self._running:
            return False  # it runs when nothing else does
        barred = [
            name
            for name, gate in self._gates.items()
            if self._pauses.stands(name) or gate.room(now) == 0
        ]
        for target in self._targets:
            if target in barred:
                continue
            found = self._store.claim_unknown(term, target, 1, alone=True)
            self._confirm()
            if found:
                self._alone_since = now
                self._look(term, found)
                return False
        # What is barred must not keep the others: it is due all the while.
        self._alone_due = now + ALONE_PAUSE if barred else self._next_alone(now)
        return True

    def _next_alone(self, now: float) -> float | None:
        waits = [self._store.poll(name).alone_in_s for name in self._targets]
        due = [wait for wait in waits if wait is not None]
        return now + max(min(due), BUSY_RETRY) if due else None

    def _claim(self, term: Term, gate: Gate, now: float) -> None:
        # A full claim says that there is more, so looks, which only read, are rare then. They must
        # not end: unknown rows would wait, and hold their keys, for as long as a backlog lasts.
        target = gate.target
        hungry = target in self._hungry and now < self._look_at.get(target, 0.0)
        poll = None if hungry else self._poll(term, target, now)
        due = poll is not None and poll.due_in_s is not None and poll.due_in_s <= 0
        if poll is not None:
            self._look_at[target] = now + IDLE_POLL
        if poll is not None and not (poll.ready or due):
            return
        if not self._clear(term, gate):
            return
        if gate.tries_one:
            # An unknown row would be the same again and again; it is tried where nothing else is.
            self._claim_ready(term, gate, now)
        if due and self._room(gate, now) > 0:
            self._claim_unknown(term, gate, now)
        if not gate.tries_one and self._room(gate, now) > 0:
            self._claim_ready(term, gate, now)

    def _clear(self, term: Term, gate: Gate) -> bool:
        """Put off what stands still at the front; false where not all of it could be yet."""
        entities = self._pauses.entities(gate.target)
        key = gate.breaker.last_key() if gate.tries_one else None
        if not entities and key is None:
            return True
        for _ in range(PARK_ROUNDS):
            parked = self._store.park(term, gate.target, entities, key, PARK_ROWS)
            self._confirm()
            if not parked or not entities:
                return True
            key = None
        return False

    def _claim_unknown(self, term: Term, gate: Gate, now: float) -> None:
        n = max(self._room(gate, now) // 2, 1)
        found = self._store.claim_unknown(term, gate.target, n, alone=False)
        self._confirm()
        self._look(term, found)

    def _poll(self, term: Term, target: str, now: float) -> Poll:
        """What there is to do, once those past their deadline have ended and freed their keys."""
        self._polled_at = now
        poll = self._store.poll(target)
        if poll.requests and self._requests is not None:
            self._carry_out(term, self._requests)
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

    def _carry_out(self, term: Term, requests: Requests) -> None:
        for _ in range(MOST_REQUESTS):
            self._on_settled(requests.carry_out(term))
            if not requests.more:
                break

    def _claim_ready(self, term: Term, gate: Gate, now: float) -> None:
        target = gate.target
        for _ in range(DEMOTED_ROUNDS):
            room = self._room(gate, now)
            found, demoted = self._store.claim(term, target, room)
            self._confirm()
            if self._store.superseded:
                self._on_settled(self._store.superseded)
            self._submit_all(term, found, self._targets[target].apply.write)
            if demoted <= len(found) or self._room(gate, now) == 0:
                break
        (self._hungry.add if len(found) == room else self._hungry.discard)(target)

    def _look(self, term: Term, found: list[Claimed]) -> None:
        for claimed in found:
            if decide.quarantined(claimed):
                # Its letter is all that comes of it; it takes no lane, and says nothing.
                self._running[self._ref(claimed)] = Running(claimed.target, 0.0)
                self._finished.append(Wrote(claimed, Unknown("quarantined"), Trace(rule="crash")))
            else:
                self._submit(term, claimed, self._targets[claimed.target].apply.look)

    def _submit(
        self, term: Term, claimed: Claimed, run: Callable[[Claimed, MaySend], Result]
    ) -> None:
        self._submit_all(term, [claimed], run)

    def _submit_all(
        self, term: Term, found: Sequence[Claimed], run: Callable[[Claimed, MaySend], Result]
    ) -> None:
        """Start attempts on events of one target."""
        may_send = Leave(self._leadership, term)
        now = self._clock.monotonic()
        if found:
            self._gates[found[0].target].started(len(found), now)
        for claimed in found:
            self._running[self._ref(claimed)] = Running(claimed.target, now)
            self._lanes.submit(partial(run, claimed, may_send))

    def _forget(self, results: Sequence[Result]) -> None:
        for each in results:
            self._running.pop(self._ref(each.claimed), None)
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


def _next_number(claimed: Claimed) -> Claimed:
    return replace(claimed, number=claimed.number + 1, tries=claimed.tries + 1)
