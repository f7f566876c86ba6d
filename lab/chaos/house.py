"""The processes of a simulated house: two processors, two ingests, two relays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

from erp.mapping import Mapper
from erp.rules import Rules, load
from ingest.arrival import Accepted
from ingest.writer import Writer
from lab.chaos.far import FarAdapter
from lab.chaos.faults import Faults
from lab.chaos.lanes import VirtualLanes
from lab.chaos.ledger import Ledger
from lab.chaos.receiver import SECRET, URL, Post, Receiver
from lab.chaos.store import Store
from lab.chaos.world import Process, Role, World
from outbox.relay import Relay
from outbox.send import Sender
from outbox.settle import Finished as Sending
from outbox.store import RelayStore
from outbox.subscriptions import Subscriber
from processor.apply import Apply
from processor.breaker import Finished
from processor.drain import Drain, Target
from processor.duties import Duties
from processor.requests import Requests, order_of
from processor.sealing import Sealing
from processor.store import QueueStore
from sql.database import Database, Document
from sql.leadership import Leadership
from tidegate.config import Config, load_config
from tidegate.errors import StoreError
from tidegate.ids import Ids, seeded_ids

TARGET = "sandbox"
LANES = 4
PROCESSORS = ("processor-1", "processor-2")
INGESTS = ("ingest-1", "ingest-2")
RELAYS = ("relay-1", "relay-2")
RESTART = (0.2, 8.0)
"""Seconds until a killed process is back."""

Answers = Sequence[tuple[int, Accepted | StoreError]]


@cache
def configuration() -> tuple[Config, Rules, Mapper]:
    """The simulation's own `tidegate.toml`."""
    with as_file(files("lab.chaos").joinpath("house.toml")) as path:
        config = load_config(path)
    return config, load(config), Mapper(config)


class Locks:
    """The leaders' locks: whoever holds one keeps it, frozen or not, until he dies or loses it."""

    def __init__(self) -> None:
        self.held: dict[str, object] = {}


class Lock:
    """One candidate's hand on a lock."""

    def __init__(self, locks: Locks, name: str) -> None:
        self._locks = locks
        self._name = name

    def try_acquire(self) -> bool:
        """Take it if nobody holds it."""
        return self._locks.held.setdefault(self._name, self) is self

    def held(self) -> bool:
        """Whether it has it still."""
        return self._locks.held.get(self._name) is self

    def close(self) -> None:
        """Let go of it."""
        if self._locks.held.get(self._name) is self:
            del self._locks.held[self._name]


@dataclass(eq=False)
class House:
    """Everything that processes are built from.

    Args:
        db: the database as it is now.
        committed: told of every committed transaction.
        answered: told what senders are answered.
    """

    world: World
    faults: Faults
    ledger: Ledger
    receiver: Receiver
    db: Callable[[], Database]
    committed: Callable[[Process, str, Document], None]
    answered: Callable[[Answers], None]

    def __post_init__(self) -> None:
        self.config, self._rules, self._mapper = configuration()
        self._chance = self.world.stream("house")
        self.ids: Ids = seeded_ids(self.world.clock, self.world.stream("ids"))
        self.stopped = False
        self.muddled = False
        self._muddle = self.config.model_copy(update={"version": "0" * 64, "mapping": {}})
        self._locks = Locks()
        self.processes = {name: Process(name) for name in (*PROCESSORS, *INGESTS, *RELAYS)}
        self.writers: dict[str, tuple[Writer[int], Role]] = {}
        self._leaderships: dict[str, Leadership] = {}
        self._drains: dict[str, Role] = {}
        self._relays: dict[str, Role] = {}

    def start(self) -> None:
        """All processes come up."""
        for process in self.processes.values():
            self.up(process)

    def lose_lock(self, name: str) -> bool:
        """The session that holds a leader's lock breaks; whether there was one."""
        return self._locks.held.pop(name, None) is not None

    def others_that_may_send(self, process: Process) -> list[str]:
        """Those of the same kind, alive, that would send now if they were asked to."""
        kind = process.name.partition("-")[0]
        return [
            name
            for name, leadership in self._leaderships.items()
            if name.startswith(kind) and name != process.name
            if self.processes[name].alive and leadership.may_send()
        ]

    def deploy(self, *, muddled: bool) -> None:
        """Who leads, or might, is killed; the configuration he is back with may map nothing."""
        self.muddled = muddled
        for name in PROCESSORS:
            self.world.kill(self.processes[name])

    def stop(self) -> None:
        """All of them die, and stay down until `stopped` is false again."""
        self.stopped = True
        for process in self.processes.values():
            self.world.kill(process)

    def up(self, process: Process) -> None:
        """A process starts, and comes back whenever it dies."""
        self.world.born(process)
        self.world.trace(process.name, "starts")
        kind = process.name.partition("-")[0]
        role = {"processor": self._processor, "ingest": self._ingest, "relay": self._relay}[kind](
            process
        )
        process.dies.append(lambda: self._back(process))
        role.wake()

    def _back(self, process: Process) -> None:
        wait, life = self.world.chance.uniform(*RESTART), process.life

        def up() -> None:
            if self.stopped:
                self.world.after_s(RESTART[1], up)
            elif not process.alive and process.life == life:
                self.up(process)

        self.world.after_s(wait, up)

    def _store(self, process: Process) -> Store:
        return Store(self.world, process, self.faults, self.db, self.committed)

    def _leadership(self, process: Process, store: Store, name: str) -> Leadership:
        lock = Lock(self._locks, name)
        process.dies.append(lock.close)
        made = Leadership(store, name, lock, self.world.clock, self.ids, process.name)
        self._leaderships[process.name] = made
        return made

    def _processor(self, process: Process) -> Role:
        world, config = self.world, self._muddle if self.muddled else self.config
        mapper = Mapper(config) if self.muddled else self._mapper
        store = self._store(process)
        adapter = FarAdapter(world, process, self.faults, self.ledger)
        queue = QueueStore(store, world.clock, config.version)
        asked = (queue.links.of(TARGET), queue.unanswered)
        apply = Apply(adapter, world.clock, self._rules, TARGET, mapper, config, *asked)
        lanes: VirtualLanes[Finished] = VirtualLanes(
            world, process, LANES, lambda: role.wake(), self.faults.slow_lanes
        )
        drain = Drain(
            queue,
            self._leadership(process, store, "sync"),
            [Target(TARGET, apply)],
            lanes,
            config,
            world.clock,
            self._chance,
            lambda _: self._wake(self._relays),
            Requests(store, world.clock, config.version, order_of(config)),
            Duties(Sealing(store).duties(), world.clock),
        )
        role = Role(world, process, "drain", drain.step)
        self._drains[process.name] = role
        return role

    def _ingest(self, process: Process) -> Role:
        world = self.world
        writer: Writer[int] = Writer(
            self._store(process),
            TARGET,
            self._chance,
            lambda seconds: world.stand_still(process, seconds),
            lambda: world.clock.now().timestamp(),
            self.answered,
            lambda: self._wake(self._drains),
        )
        role = Role(world, process, "writer", writer.step)
        self.writers[process.name] = (writer, role)
        return role

    def _relay(self, process: Process) -> Role:
        world = self.world
        store = self._store(process)
        lanes: VirtualLanes[Sending] = VirtualLanes(
            world, process, LANES, lambda: role.wake(), self.faults.slow_lanes
        )
        relay = Relay(
            RelayStore(store),
            self._leadership(process, store, "relay"),
            lanes,
            Sender(Post(world, process, self.faults, self.receiver), world.clock, "/sim"),
            {"default": Subscriber("default", URL, (SECRET,))},
            world.clock,
            self.ids,
            self._chance,
        )
        role = Role(world, process, "relay", relay.step)
        self._relays[process.name] = role
        return role

    def _wake(self, roles: dict[str, Role]) -> None:
        """Sometimes the signal reaches them; else they look by themselves."""
        if self.world.chance.random() < 0.7:
            for role in roles.values():
                role.wake()
