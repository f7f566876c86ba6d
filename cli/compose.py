"""Builds a house: the only place where roles, stores, locks and threads meet."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli import modes
from cli.context import Context, config_file, holder
from cli.duties import checkpoints, duties, folder_of, notifier
from cli.stepper import Stepper
from cli.threads import ThreadLanes
from ingest.access import Keys
from ingest.access_log import AccessLog
from ingest.desk import Desk, Future, answer_futures
from ingest.disk import DiskFloor
from ingest.erp_door import ErpDoor
from ingest.limits import Limits
from ingest.on_loop import OnLoop
from ingest.refusals import Refusals
from ingest.sources import gates
from ingest.targets import Targets, names
from ingest.waiters import Waiters
from ingest.writer import Writer
from sql.database import Database
from sql.leadership import LeaderLock, Leadership
from tidegate.errors import ConfigError, TidegateError
from tidegate.lanes import InlineLanes, Lanes
from tidegate.step import Step
from tidegate.telemetry import logger

if TYPE_CHECKING:
    from outbox.relay import Relay
    from processor.drain import Drain, Target
    from processor.store import QueueStore
    from tidegate.adapter import Adapter

STOP_GRACE = 25.0
"""Seconds that lanes get to finish on a clean stop; compose files allow 30."""

RELAY_LANES = 4
_log = logger("house")


@dataclass(slots=True)
class House:
    """What one process runs; roles are added, started together and stopped in order."""

    context: Context
    db: Database
    chance: random.Random = field(default_factory=random.SystemRandom)
    desk: Desk | None = None
    drain: Drain | None = None
    relay: Relay | None = None
    wake_drain: Callable[[], None] = lambda: None
    wake_relay: Callable[[], None] = lambda: None
    _steppers: list[tuple[Stepper, Step]] = field(default_factory=list)
    _closers: list[Callable[[], object]] = field(default_factory=list)
    _settled: list[Callable[[list[str]], None]] = field(default_factory=list)

    def add_ingest(self, role: str, target: Targets, base_url: str | None = None) -> Desk:
        """The public port's desk, with its writer and its poller.

        Args:
            target: the adapter of new keys, or how it is drawn.
            base_url: where the ERP is, in place of ERP_BASE_URL.
        """
        context = self.context
        writing = Stepper("writer", context.clock)
        polling = Stepper("waiters", context.clock)
        writer: Writer[Future] = Writer(
            self.db,
            target,
            self.chance,
            threading.Event().wait,
            lambda: context.clock.now().timestamp(),
            answer_futures,
            lambda: self.wake_drain(),
            context.config.api.backlog,
        )
        waiters = Waiters(self.db, polling.wake)
        access, keys = self._access()
        noting = Stepper("refusals", context.clock)
        refusals = Refusals(self.db, context.ids, context.config.version, noting.wake, access)
        self._settled.append(waiters.settled)
        self._steppers += [(writing, writer), (polling, waiters), (noting, refusals)]
        self._closers.append(refusals.close)
        self.desk = Desk(
            db=self.db,
            config=context.config,
            keys=keys,
            gates=gates(context.config, context.secrets.get),
            clock=context.clock,
            ids=context.ids,
            writer=writer,
            waiters=waiters,
            wake_writer=self._waker(writer, writing.wake),
            role=role,
            limits=Limits(context.config, context.clock),
            disk=DiskFloor(folder_of(self.db), context.settings.disk_floor, context.clock),
            refusals=refusals,
            access=access,
            erp=self._erp_door(target, base_url or context.settings.erp_base_url),
            body_limit=context.settings.body_limit,
            public_url=context.settings.public_url or "",
            root_path=context.settings.root_path,
        )
        return self.desk

    def _access(self) -> tuple[AccessLog, Keys]:
        """Who is let in, and the record of who asked what."""
        context = self.context
        logging, looking = Stepper("access", context.clock), Stepper("keys", context.clock)
        access = AccessLog(self.db, context.ids, logging.wake)
        keys = Keys(context.keys.admin, self.db, context.clock)
        # Before the port opens: a caller who has a key must not be a stranger for a second.
        keys.step(context.clock.monotonic())
        self._steppers += [(logging, access), (looking, keys)]
        self._closers.append(access.close)
        return access, keys

    def _waker(self, writer: Writer[Future], wake_thread: Callable[[], None]) -> Callable[[], None]:
        from sql.sqlite import SqliteDatabase

        if not isinstance(self.db, SqliteDatabase):
            # A server is a network away, and a loop waits for none.
            return wake_thread
        return OnLoop(writer, self.db, wake_thread, self.context.clock).wake

    def _erp_door(self, target: Targets, base_url: str | None) -> ErpDoor | None:
        """None where no adapter can be had: commands are then for the processor to judge."""
        adapters: dict[str, Adapter] = {}
        for name in names(target):
            options = self.context.config.adapter(name)
            if not (options.use or options.base_url or options.commands or base_url):
                continue
            try:
                adapters[name] = modes.build(self.context, name, base_url, self.db)
            except ConfigError as error:
                # What comes in can be kept all the same, and that is this role's own job.
                _log.warning("erp.not_here", error=str(error), next_step=error.next_step)
        if not adapters:
            return None
        door = ErpDoor(adapters)
        self._closers.append(door.close)
        return door

    def add_processor(self, target: Targets, base_url: str | None, *, inline: bool = False) -> None:
        """The drain over every adapter that a key may go to.

        Args:
            inline: their calls never wait, so need no thread.
        """
        from erp.registry import options_of
        from processor.breaker import Finished
        from processor.drain import Drain
        from processor.duties import Duties
        from processor.requests import Requests, order_of
        from processor.sealing import Sealing
        from processor.store import QueueStore
        from processor.unserved import unserved

        context = self.context
        modes.check_writes(context.config)
        adapters = {name: self._adapter(name, base_url) for name in names(target)}
        store = QueueStore(self.db, context.clock, context.config.version)
        targets = self._targets(adapters, store)
        calls = sum(options_of(each, context.config.adapter(each)).lanes for each in adapters)
        leadership = self._leadership("sync")
        stepper = Stepper("drain", context.clock)
        lanes: Lanes[Finished]
        if inline:
            lanes = InlineLanes(calls, stepper.wake)
        else:
            lanes = threads = ThreadLanes[Finished](calls, "lane", stepper.wake)
            self._closers.append(lambda: threads.close(0.0))
        failing: dict[str, str] = {}
        self.drain = Drain(
            store,
            leadership,
            targets,
            lanes,
            context.config,
            context.clock,
            self.chance,
            self._on_settled,
            Requests(self.db, context.clock, context.config.version, order_of(context.config)),
            # Sealing comes first: a new term begins with what was done while nobody led.
            Duties(
                [
                    *Sealing(self.db).duties(),
                    *duties(context, self.db, failing),
                    *checkpoints(self.db, lambda: self.drain.running if self.drain else 0),
                    unserved(store, adapters),
                ],
                context.clock,
                failing,
            ),
        )
        self.wake_drain = stepper.wake
        self._steppers.append((stepper, self.drain))
        telling = notifier(context, self.db, lambda: leadership.term is not None)
        if telling is not None:
            self._steppers.append((Stepper("notify", context.clock), telling))
        self._closers += [leadership.close, *(each.close for each in adapters.values())]

    def _targets(self, adapters: dict[str, Adapter], store: QueueStore) -> list[Target]:
        from erp.mapping import Mapper
        from erp.rules import load
        from processor.apply import Apply
        from processor.drain import Target

        context = self.context
        file = config_file(context.settings)
        rules, mapper = load(context.config, file), Mapper(context.config, file)

        def apply(name: str, adapter: Adapter) -> Apply:
            config, link = context.config, store.links.of(name)
            return Apply(
                adapter, context.clock, rules, name, mapper, config, link, store.unanswered
            )

        return [Target(name, apply(name, each)) for name, each in adapters.items()]

    def _adapter(self, name: str, base_url: str | None) -> Adapter:
        """One that says it can do its work; raises `ConfigError`."""
        from erp.registry import check_adapter

        adapter = modes.build(self.context, name, base_url, self.db)
        try:
            check_adapter(adapter)
        except ConfigError:
            adapter.close()
            raise
        return adapter

    def add_relay(self) -> None:
        """The one sender."""
        import os

        from pydantic import SecretStr

        from outbox.relay import Relay
        from outbox.send import HttpPost, Sender
        from outbox.settle import Finished
        from outbox.store import RelayStore
        from outbox.subscriptions import subscribers

        context = self.context
        leadership = self._leadership("relay")
        stepper = Stepper("relay", context.clock)
        lanes: ThreadLanes[Finished] = ThreadLanes(RELAY_LANES, "sender", stepper.wake)
        secret = SecretStr(context.keys.subscriber)
        settings = context.settings.model_copy(update={"subscriber_secret": secret})
        post = HttpPost(context.clock, RELAY_LANES)
        kept = context.config.retention.dispatches
        self.relay = Relay(
            RelayStore(self.db),
            leadership,
            lanes,
            Sender(post, context.clock, settings.public_url or "/tidegate"),
            subscribers(context.config, settings, os.environ),
            context.clock,
            context.ids,
            self.chance,
            keep_s=None if kept is None else kept * 86_400,
        )
        self.wake_relay = stepper.wake
        self._steppers.append((stepper, self.relay))
        self._closers += [lambda: lanes.close(0.0), leadership.close, post.close]

    def add_presence(self, role: str) -> None:
        """Its row among the processes that run."""
        from cli.home import presence

        here = presence(self.context, self.db, role)
        here.begin()
        self._steppers.append((Stepper("process", self.context.clock), here))
        self._closers.append(here.end)

    def start(self) -> None:
        """Begin to step every role."""
        for stepper, role in self._steppers:
            stepper.start(role)

    def stop(self) -> None:
        """Claims stop at once, lanes get their grace; what is open is left for the next term."""
        clock = self.context.clock
        deadline = clock.monotonic() + STOP_GRACE
        for role in (self.drain, self.relay):
            if role is not None:
                role.stop_claiming()
        waiting = threading.Event()
        while self._busy() and clock.monotonic() < deadline:
            waiting.wait(0.02)
        for stepper, _ in reversed(self._steppers):
            stepper.stop()
        for close in self._closers:
            _quietly(close)
        _quietly(self.db.close)

    def _busy(self) -> bool:
        running = sum(role.running for role in (self.drain, self.relay) if role is not None)
        return running > 0 or (self.desk is not None and self.desk.writer.waiting() > 0)

    def _on_settled(self, events: list[str]) -> None:
        for tell in self._settled:
            tell(events)
        self.wake_relay()

    def _leadership(self, name: str) -> Leadership:
        context = self.context
        return Leadership(
            self.db, name, leader_lock(self.db, name), context.clock, context.ids, holder()
        )


def leader_lock(db: Database, name: str) -> LeaderLock:
    """The lock that tells quickly of a leader's death, of the database's own kind."""
    from sql.sqlite import SqliteDatabase

    if isinstance(db, SqliteDatabase):
        from sql.oslock import FileLock

        path: Path = db.path
        return FileLock(path.with_name(f"{path.name}.{name}.lock"))
    from sql.applock import AppLock
    from sql.mssql import MssqlDatabase

    if not isinstance(db, MssqlDatabase):
        raise ConfigError(f"no leader lock for {type(db).__name__}")
    return AppLock.of(db, f"tidegate.{name}")


def _quietly(close: Callable[[], object]) -> None:
    try:
        close()
    except TidegateError as error:
        _log.warning("close.failed", error=str(error))
