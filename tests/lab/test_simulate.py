"""The simulation: it holds for the seeds of the suite, repeats itself, and tells what broke."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import app, guarded
from lab.chaos.faults import FAR, RECEIVER, STORE, Scripted
from lab.chaos.senders import Parcel
from lab.chaos.simulate import Simulation, run_seed
from lab.chaos.twins import by_name
from lab.chaos.world import Broken, Killed, Process, World
from tidegate.telemetry import captured


@pytest.mark.parametrize("first", [1, 6, 11, 16])
def test_every_promise_holds_in_five_worlds(first: int) -> None:
    broken = [each for each in map(run_seed, range(first, first + 5)) if each.broken]
    assert broken == []


def test_a_seed_is_the_same_world_every_time() -> None:
    once, again = run_seed(3, 20, traced=4000), run_seed(3, 20, traced=4000)
    assert once == again
    assert len(once.trace) > 50


def test_every_fault_befalls_somebody() -> None:
    told = "\n".join(line for seed in range(1, 9) for line in run_seed(seed, 25, traced=4000).trace)
    missing = [word for word in {*STORE, *FAR} if f"!{word}" not in told]
    assert len(missing) < 8, missing
    assert set(RECEIVER) >= {"fail", "drop-after"}


def run(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: app(words.split()))
    printed = capsys.readouterr()
    return int(str(ended.value.code)), printed.out, printed.err


def test_the_verb_says_how_much_it_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("chaos simulate --seeds 2 --steps 10 --jobs 1 -o json", capsys)
    found = json.loads(out)
    assert (code, found["seeds"], found["broken"]) == (0, 2, [])
    assert found["effects"] > 0
    assert "2 of 2 seeds, 0 broken" in err


def test_a_broken_promise_is_exit_3_with_the_command_that_repeats_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "chaos simulate --seeds 1 --first-seed 1 --steps 30 --twin no-open-attempt"
    code, out, err = run(f"{words} -o json --trace 5", capsys)
    [broken] = json.loads(out)["broken"]
    assert code == 3
    assert "every attempt on record" in broken["promise"]
    assert broken["repeat"] == f"tidegate {words}"
    assert err.count("\n  ") == 5


def test_an_unknown_twin_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, told = run("chaos simulate --twin nobody", capsys)
    assert code == 2
    assert by_name("no-send-check").name in told


def test_who_stands_still_lets_the_others_go_on() -> None:
    world, process, seen = World(1), Process("one"), list[float]()
    world.born(process)
    world.after_s(1.0, lambda: world.stand_still(process, 5.0), process)
    world.after_s(3.0, lambda: seen.append(world.now))
    start = world.now
    world.run_until(start + 2.0)
    assert [at - start for at in seen] == [3.0]
    assert world.now == start + 6.0


def test_nothing_of_a_frozen_process_runs_before_it_thaws() -> None:
    world, process, seen = World(1), Process("one"), list[float]()
    world.born(process)
    process.frozen_until = world.now + 10.0
    start = world.now
    world.after_s(1.0, lambda: seen.append(world.now - start), process)
    world.run_until(start + 20.0)
    assert seen == [10.0]


def test_who_died_while_he_stood_still_does_not_go_on() -> None:
    world, process, seen = World(1), Process("one"), list[str]()
    world.born(process)

    def wait() -> None:
        try:
            world.stand_still(process, 5.0)
            seen.append("went on")
        except Killed:
            seen.append("killed")
            raise

    world.after_s(1.0, wait, process)
    world.after_s(2.0, lambda: world.kill(process))
    world.run_until(world.now + 10.0)
    assert seen == ["killed"]


def test_a_lost_event_is_seen(tmp_path: Path) -> None:
    simulation = Simulation(1, tmp_path, Scripted())
    with captured():
        simulation.house.start()
        simulation.senders.send(Parcel("stock", "a", "v1", "2026-11-20T00:01:00Z"))
        simulation.world.run_until(simulation.world.now + 2.0)
        with simulation.db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sync_queue")
            connection.exec_driver_sql("DELETE FROM inbox")
        with pytest.raises(Broken, match="accepted means durable"):
            simulation.rest()
    simulation.close()
