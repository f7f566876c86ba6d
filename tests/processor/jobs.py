"""Many dead letters in a house, and a desk that asks for jobs on them."""

from __future__ import annotations

from typing import Any

from ops import bulk
from ops.replays import Replays
from ops.who import Who
from processor.requests import Requests, order_of
from sql.filters import Filter
from sql.seal import verify
from tests.processor.bench import House
from tests.processor.desk import Desk
from tidegate.outcome import Rejected

ANN = Who("cli:ann", "cli", "desk")
BOB = Who("cli:bob", "cli", "desk")


def dead_letters(house: House, n: int, error_class: str = "e", prefix: str = "K") -> list[str]:
    """`n` events of keys of their own that died of `error_class`."""
    made = []
    for number in range(n):
        sku = f"{prefix}{number}"
        house.far.answers[sku].append(Rejected("no", error_class))
        made.append(house.post(sku, "dead"))
    house.run(5 + n // 4)
    assert {house.state(each) for each in made} <= {"dead"}
    return made


class Jobs(Desk):
    """Asks for jobs, and steps the leader's hand on requests alone."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.replays = Replays(house.db)

    def bulk(self, verb: str, flt: Filter, who: Who = ANN, **options: Any) -> str:
        """Ask for a job on what `flt` names; its id."""
        pipe, upto = self.house.pipe, options.pop("upto", None)
        made = bulk.Options(**options)
        return bulk.ask(
            *(self.house.db, pipe.ids, who, verb, flt, "because", made), upto=upto, every=True
        )

    def show(self, job: str) -> dict[str, Any]:
        return self.replays.show(job)

    def step(self, rounds: int = 1, advance: float = 0.25) -> None:
        """Carry out, let the queue run, and let time pass."""
        for _ in range(rounds):
            self.house.run(6)
            self.house.clock.advance(advance)

    def ended(self, job: str, rounds: int = 400) -> dict[str, Any]:
        """Step until the job stands still; no event was lost and the record proves itself."""
        for _ in range(rounds):
            self.step()
            if self.show(job)["state"] not in ("open", "running"):
                break
        assert verify(self.house.db) == []
        return self.show(job)

    def again(self) -> Requests:
        """Another leader's: it knows what the rows say and nothing more."""
        pipe = self.house.pipe
        return Requests(pipe.db, pipe.clock, pipe.config.version, order_of(pipe.config))
