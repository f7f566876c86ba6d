"""Many seeds, in as many processes as there are jobs, and what they came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Any

from lab.chaos.simulate import Result, run_seed, template
from lab.chaos.twins import by_name

CHUNK = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run.

    Args:
        first: the first seed.
        seeds: how many there are, one after the other.
        steps: how many things happen in each.
        twin: name of a broken twin; None is the house as it is.
        traced: lines of the trace that a broken seed keeps.
    """

    first: int
    seeds: int
    steps: int
    twin: str | None = None
    traced: int = 0

    def command(self, seed: int) -> str:
        """What repeats one seed."""
        words = ["tidegate chaos simulate --seeds 1 --first-seed", str(seed)]
        words += ["--steps", str(self.steps)]
        return " ".join(words + (["--twin", self.twin] if self.twin else []))


def simulate(wanted: Wanted, jobs: int, on_seed: Callable[[Result], None]) -> dict[str, Any]:
    """Run all of it.

    Args:
        jobs: processes at a time.
        on_seed: told of each seed, in their order.
    """
    results: list[Result] = []
    for result in _results(wanted, jobs):
        results.append(result)
        on_seed(result)
    broken = [
        {"seed": each.seed, "promise": each.broken, "repeat": wanted.command(each.seed)}
        for each in results
        if each.broken
    ]
    return {
        "seeds": len(results),
        "first_seed": wanted.first,
        "steps": wanted.steps,
        "twin": wanted.twin,
        "events": sum(each.events for each in results),
        "effects": sum(each.effects for each in results),
        "turns": sum(each.turns for each in results),
        "broken": broken,
    }


def _results(wanted: Wanted, jobs: int) -> Iterator[Result]:
    last = wanted.first + wanted.seeds
    chunks = [range(at, min(at + CHUNK, last)) for at in range(wanted.first, last, CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        yield from chain.from_iterable(_chunk(wanted, chunk) for chunk in chunks)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=template) as pool:
        yield from chain.from_iterable(pool.map(_run, [(wanted, chunk) for chunk in chunks]))


def _run(given: tuple[Wanted, range]) -> Sequence[Result]:
    return list(_chunk(*given))


def _chunk(wanted: Wanted, seeds: range) -> Iterator[Result]:
    twin = by_name(wanted.twin) if wanted.twin else None
    for seed in seeds:
        result = run_seed(seed, wanted.steps, twin=twin, traced=wanted.traced)
        yield (
            result
            if result.broken
            else Result(seed, "", result.events, result.effects, result.turns)
        )
