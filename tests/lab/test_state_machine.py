"""Hypothesis walks through the house at will, and a plain dict says what must come of it.

The model knows values and stamps alone: what was accepted per record, in which order, and what the
far side must show for it in the end.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lab.chaos.faults import Scripted
from lab.chaos.house import PROCESSORS
from lab.chaos.ledger import POISON
from lab.chaos.senders import Parcel, stamp_of
from lab.chaos.simulate import Simulation, shared_memory
from tidegate.telemetry import captured

IDS = st.sampled_from(("a", "b"))
OUTCOMES = st.sampled_from(
    ("refused", "throttled", "unreachable", "drop-before", "drop-after", "proxy-after", "late")
)


@dataclass
class Said:
    """What a source said of one record, as accepted: values in order, None for a delete."""

    stamp: int = -1
    values: list[str | None] = field(default_factory=list)


def is_poison(value: str | None) -> bool:
    return value is not None and value.startswith(POISON)


class House(RuleBasedStateMachine):
    """`items` are states, of which the newest counts; `prices` are strict, and block when dead."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tidegate-machine-", dir=shared_memory()))
        self.faults = Scripted()
        self.sim = Simulation(1, self.folder, self.faults)
        self.items: dict[str, Said] = {}
        self.prices: dict[str, list[str]] = {}
        self.sent: list[Parcel] = []
        self.minute = self.count = 0
        with captured():
            self.sim.house.start()
            self.sim.world.run_until(self.sim.world.now + 1.0)

    @rule(id=IDS, poison=st.booleans(), delete=st.booleans())
    def receive(self, id: str, poison: bool, delete: bool) -> None:
        self.minute += 1
        value = self.value(poison=poison and not delete)
        self.accepted(id, self.minute, None if delete else value)
        operation = "delete" if delete else "update"
        self.post(Parcel("items", id, value, stamp_of(self.minute), operation))

    @rule(id=IDS, poison=st.booleans())
    def receive_in_order(self, id: str, poison: bool) -> None:
        self.minute += 1
        value = self.value(poison=poison)
        self.prices.setdefault(id, []).append(value)
        self.post(Parcel("prices", id, value, stamp_of(self.minute)))

    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        if self.sent:
            self.post(data.draw(st.sampled_from(self.sent[-4:])), again=True)

    @rule(id=IDS, behind=st.integers(1, 3))
    def reorder(self, id: str, behind: int) -> None:
        minute = self.minute - behind
        if minute > 0 and minute < self.items.setdefault(id, Said()).stamp:
            self.post(Parcel("items", id, self.value(poison=False), stamp_of(minute)), again=True)

    @rule(seconds=st.sampled_from((0.1, 1.0, 5.0)))
    def drain(self, seconds: float) -> None:
        self.run(seconds)

    @rule(seconds=st.sampled_from((30.0, 300.0)))
    def advance_time(self, seconds: float) -> None:
        self.sim.world.clock.advance(seconds)
        self.run(0.5)

    @rule(word=OUTCOMES)
    def next_write_ends(self, word: str) -> None:
        self.faults.next_far.append(word)

    @rule(which=st.sampled_from(PROCESSORS))
    def crash(self, which: str) -> None:
        with captured():
            self.sim.world.kill(self.sim.house.processes[which])

    @rule(verb=st.sampled_from(("replay", "skip", "resolve")))
    def operate(self, verb: str) -> None:
        """Whoever replays or resolves what was refused changes nothing; who skips lets it go on."""
        for row in self.sim.oracle.rows(DEAD):
            with captured():
                self.sim.operators.ask(verb, row["uuid"], **WISHES[verb])
            if verb == "skip" and row["entity"] == "prices":
                self.prices[row["entity_text"]].remove(row["value"])

    @invariant()
    def promises_hold(self) -> None:
        self.sim.invariants.dirty = True
        self.sim.invariants.after_turn()

    def teardown(self) -> None:
        try:
            with captured():
                self.sim.rest()
            for id, said in self.items.items():
                assert self.shown(f"items/{id}") in self.may_show(said), id
            for id, values in self.prices.items():
                assert self.shown(f"prices/{id}") == self.last_before_poison(values), id
        finally:
            self.sim.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def value(self, *, poison: bool) -> str:
        self.count += 1
        return f"{POISON if poison else 'v'}-{self.count}"

    def accepted(self, id: str, minute: int, value: str | None) -> None:
        said = self.items.setdefault(id, Said())
        said.stamp = minute
        said.values.append(value)

    def post(self, parcel: Parcel, *, again: bool = False) -> None:
        with captured():
            self.sim.senders.deliver(parcel)
        if not again:
            self.sent.append(parcel)
        self.run(0.1)

    def run(self, seconds: float) -> None:
        with captured():
            self.sim.world.run_until(self.sim.world.now + seconds)

    def shown(self, key: str) -> str | None:
        kept = self.sim.ledger.records.get(key)
        return kept.value if kept else None

    @staticmethod
    def may_show(said: Said) -> list[str | None]:
        """The newest; where that is refused, any before it, which it may have superseded."""
        if said.values and not is_poison(said.values[-1]):
            return said.values[-1:]
        return [None, *said.values]

    @staticmethod
    def last_before_poison(values: list[str]) -> str | None:
        shown = None
        for each in values:
            if is_poison(each):
                break
            shown = each
        return shown


DEAD = """
SELECT i.uuid, i.entity, i.entity_text, json_extract(CAST(p.body AS TEXT), '$.value') AS value
FROM inbox i JOIN payload p ON p.event_id = i.id JOIN sync_queue q ON q.event_id = i.id
WHERE i.state = 'dead' AND q.state = 5 AND NOT EXISTS (
    SELECT 1 FROM operator_request r WHERE r.event_uuid = i.uuid AND r.state = 'open')
"""
WISHES: dict[str, dict[str, bool]] = {
    "replay": {},
    "skip": {},
    "resolve": {"applied": False},
}

TestHouse = House.TestCase
TestHouse.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
