"""The relay: the one sender, as a step. At least once, in order per key, under one webhook-id."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from outbox.fanout import fan_out
from outbox.send import Again, Sender
from outbox.settle import Finished, Verdict, decide, settlement
from outbox.store import DEAD, Dispatch, OutboxRow, RelayStore, SubscriptionRow
from outbox.subscriptions import Subscriber
from sql.leadership import AFTER_DEPOSED, Leadership
from sql.term import Term
from tidegate.clock import Clock
from tidegate.errors import Deposed, StoreBusy, StoreError
from tidegate.ids import Ids
from tidegate.lanes import Lanes
from tidegate.telemetry import logger

BATCH = 200
"""Outbox rows that are distributed in one transaction, at most."""

IDLE_POLL = 0.1
"""Seconds between looks when nobody signals."""

BUSY_TRIES = 5
DEMOTED_ROUNDS = 3
FAILED_LONG = 5 * 86_400.0
"""Seconds without a delivery after which a message that dies disables its subscription."""

PRUNE_EVERY = 3600.0
PRUNE_ROWS = 500
PRUNE_REST = 5.0
"""Seconds between two turns of pruning while there is more."""

LOOK_UP_EVERY = 10.0
"""Seconds after which a distribution looks anew which subscriptions are on."""

T = TypeVar("T")

_log = logger("relay")


class Relay:
    """One relay.

    Args:
        subscribers: by name; others in the table get nothing.
        keep_s: seconds for which sendings are kept on record; None: for ever.
    """

    def __init__(
        self,
        store: RelayStore,
        leadership: Leadership,
        lanes: Lanes[Finished],
        sender: Sender,
        subscribers: Mapping[str, Subscriber],
        clock: Clock,
        ids: Ids,
        chance: random.Random,
        keep_s: int | None = None,
    ) -> None:
        self._store = store
        self._leadership = leadership
        self._lanes = lanes
        self._sender = sender
        self._subscribers = dict(subscribers)
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._keep_s = keep_s
        self._prune_at = float("-inf")
        self._delivered: dict[int, float] = {}
        self._led_since = 0.0
        self._stopping = False
        self._running = 0
        self._on: list[SubscriptionRow] = []
        self._off: list[SubscriptionRow] = []
        self._look_up_at = float("-inf")

    @property
    def running(self) -> int:
        """Attempts in the lanes."""
        return self._running

    def stop_claiming(self) -> None:
        """From now on only what runs is settled."""
        self._stopping = True

    def step(self, now: float) -> float:
        """One round; see `tidegate.step`."""
        finished = self._lanes.finished()
        self._running -= len(finished)
        term = self._leadership.step(now)
        if term is not None:
            try:
                return self._lead(term, finished, now)
            except Deposed:
                self._leadership.step_down("another term leads", AFTER_DEPOSED)
            except StoreError as error:
                # What became of the transaction, or of its rows, is not known here: the next term
                # adopts whatever is there.
                self._leadership.step_down(str(error))
        return max(now, self._leadership.wake_at)

    def _lead(self, term: Term, finished: Sequence[Finished], now: float) -> float:
        if self._leadership.new_term:
            self._fenced(lambda: self._store.adopt(term))
            self._look_up(term, now)
            self._say_who_is_off()
            self._leadership.settled_in()
            self._delivered, self._led_since = {}, now
        self._settle(term, finished, now)
        self._prune(term, now)
        more, due_in_s = (False, None) if self._stopping else self._start(term, now)
        if more:
            return now
        idle = IDLE_POLL if due_in_s is None or due_in_s <= 0 else min(IDLE_POLL, due_in_s)
        return min(now + idle, max(now, self._leadership.wake_at))

    def _start(self, term: Term, now: float) -> tuple[bool, float | None]:
        """Distribute and claim; whether to go on at once, and when something is due."""
        waiting = self._store.take(BATCH)
        if waiting.outbox:
            self._distribute(term, waiting.outbox, now)
        due = waiting.due_in_s is not None and waiting.due_in_s <= 0
        claimable = bool(waiting.outbox) or waiting.ready or due
        more = claimable and self._claim(term)
        return more or len(waiting.outbox) == BATCH, waiting.due_in_s

    def _prune(self, term: Term, now: float) -> None:
        keep_s = self._keep_s
        if keep_s is None or now < self._prune_at:
            return
        n = self._fenced(lambda: self._store.prune(term, keep_s, PRUNE_ROWS))
        self._prune_at = now + (PRUNE_REST if n == PRUNE_ROWS else PRUNE_EVERY)

    def _judged(self, finished: Finished, now: float) -> Verdict:
        """The verdict; one that ends a message for good ends a receiver that took none for long."""
        verdict = decide(finished.sent, finished.dispatch.attempts, self._chance)
        subscription = finished.dispatch.subscription_id
        if verdict.state is None:
            self._delivered[subscription] = now
        silent = now - self._delivered.get(subscription, self._led_since)
        if isinstance(finished.sent, Again) and verdict.state == DEAD and silent > FAILED_LONG:
            text = f"nothing was taken for {silent / 3600:.0f} h, at last: {verdict.message}"
            return replace(verdict, message=text, disables=True)
        return verdict

    def _settle(self, term: Term, finished: Sequence[Finished], now: float) -> None:
        # The next term has adopted what an old one left open: its results change nothing.
        ended = [(each, self._judged(each, now)) for each in finished if each.term == term]
        if not ended:
            return
        self._fenced(lambda: self._store.settle(term, settlement(ended)))
        for each, verdict in ended:
            _tell(each, verdict)
            if verdict.disables:
                self._look_up_at = float("-inf")

    def _distribute(self, term: Term, rows: Sequence[OutboxRow], now: float) -> None:
        if now >= self._look_up_at:
            self._look_up(term, now)
        distribution = fan_out(rows, self._on, lambda: f"msg_{self._ids.uuid().hex}")
        self._fenced(lambda: self._store.distribute(term, distribution))

    def _look_up(self, term: Term, now: float) -> None:
        configured = [each.row() for each in self._subscribers.values()]
        rows = self._fenced(lambda: self._store.subscribe(term, configured))
        wanted = [row for row in rows if self._subscriber(row.name)]
        self._on = [row for row in wanted if row.enabled]
        self._off = [row for row in wanted if not row.enabled]
        self._look_up_at = now + LOOK_UP_EVERY

    def _say_who_is_off(self) -> None:
        for row in self._off:
            step = f"tidegate subscriptions enable {row.name} --reason …"
            _log.warning("subscription.off", name=row.name, reason=row.reason, next_step=step)

    def _subscriber(self, name: str) -> Subscriber | None:
        found = self._subscribers.get(name)
        return found if found is not None and found.enabled else None

    def _claim(self, term: Term) -> bool:
        """Start what may start; whether more could."""
        for _ in range(DEMOTED_ROUNDS):
            free = self._lanes.free()
            if free <= 0:
                return False
            claim = self._fenced(partial(self._store.claim, term, free))
            for dispatch in claim.dispatches:
                self._running += 1
                self._lanes.submit(partial(self._send, term, dispatch))
            if claim.demoted == 0:
                return False
        return True

    def _send(self, term: Term, dispatch: Dispatch) -> Finished:
        """Runs in a lane."""
        subscriber = self._subscriber(dispatch.name) if dispatch.enabled else None
        began = self._clock.monotonic()
        sent = self._sender.send(dispatch, subscriber, lambda: self._may_send(term))
        return Finished(term, dispatch, sent, round((self._clock.monotonic() - began) * 1000))

    def _may_send(self, term: Term) -> bool:
        # A later term of this same process would say yes to what it has itself adopted.
        return self._leadership.term == term and self._leadership.may_send()

    def _fenced(self, write: Callable[[], T]) -> T:
        tries = 0
        while True:
            began = self._clock.boottime()
            try:
                result = write()
            except StoreBusy:
                tries += 1
                if tries == BUSY_TRIES:
                    raise
            else:
                self._leadership.confirm(began)
                return result


def _tell(finished: Finished, verdict: Verdict) -> None:
    dispatch = finished.dispatch
    fields = {
        "event_id": dispatch.event_uuid,
        "subscription": dispatch.name,
        "message_id": dispatch.message_id,
        "number": dispatch.attempts,
        "ms": finished.duration_ms,
    }
    if verdict.state is None:
        _log.info("dispatch.delivered", **fields, status=verdict.status)
    elif verdict.state == DEAD:
        _log.error("dispatch.dead", **fields, outcome=verdict.outcome, message=verdict.message)
    else:
        _log.warning(
            "dispatch.failed",
            **fields,
            outcome=verdict.outcome,
            message=verdict.message,
            again_in_s=verdict.due_in_s,
        )
