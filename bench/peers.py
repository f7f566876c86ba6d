"""Tidegate's drain beside that of other queues: the same jobs, in the same run, in turns.

    python -m venv bench/.venv
    bench/.venv/bin/pip install --require-hashes -r bench/requirements.txt
    bench/.venv/bin/python bench/peers.py

Every round drains each queue once; a figure is the median of its rounds, a ratio the median of what
Tidegate did in a round against what the other did in the same one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import postgres

HERE = Path(__file__).parent
TIDEGATE = HERE.parent / ".venv" / "bin" / "tidegate"
PEERS = (
    ("pgqueuer", 1, 10),
    ("pgqueuer", 5, 10),
    ("pgqueuer", 1, 100),
    ("pgqueuer_recorded", 1, 10),
    ("pgqueuer_recorded", 1, 100),
    ("procrastinate", 1, 10),
    ("huey", 1, 1),
)
"""Queues, their workers, and how many jobs each of these takes at once.

One of 10 is pgqueuer as it comes, five of 10 is its own benchmark's drain.
"""

OURS = ("tidegate", 1, 256)
FEWER = {"pgqueuer_recorded": 4, "procrastinate": 10, "huey": 4}
"""What is slower drains so many times fewer jobs: a rate is asked for, not a wait."""

Found = dict[str, Any]
Round = dict[tuple[str, int, int], Found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, help="what all of them share; all, unless told")
    told = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: told.cores]
    os.sched_setaffinity(0, cores)
    with tempfile.TemporaryDirectory(prefix="tidegate-peers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = folder / "server"
        server.mkdir()
        with postgres.running(server) as port:
            rounds = [_round(folder, port, run, told.jobs) for run in range(told.runs)]
    print(json.dumps(_report(rounds, told.jobs, len(cores)), indent=2))


def _round(folder: Path, port: int, run: int, jobs: int) -> Round:
    found = {OURS: _tidegate(jobs)}
    for queue, workers, batch in PEERS:
        found[queue, workers, batch] = _peer(folder, port, run, queue, workers, batch, jobs)
    said = ", ".join(
        f"{queue} {n} x {at} {each['per_s']}/s" for (queue, n, at), each in found.items()
    )
    print(f"round {run + 1}: {said}", file=sys.stderr)
    return found


def _tidegate(jobs: int) -> Found:
    options = ["--events", str(jobs), "--history", "0", "--waiting", "0", "--runs", "1"]
    found = _told([str(TIDEGATE), "bench", "drain", *options, "-o", "json"])
    return {"queue": OURS[0], "batch": OURS[2], "per_s": found["per_s"]}


def _peer(
    folder: Path, port: int, run: int, queue: str, workers: int, batch: int, jobs: int
) -> Found:
    name = f"{queue}_{run}_{workers}_{batch}"
    at = str(folder / name) if queue == "huey" else postgres.database(port, name)
    fewer = str(jobs // FEWER.get(queue, 1))
    script = str(HERE / f"{queue}_drain.py")
    several = ["--batch", str(batch), "--workers", str(workers)]
    return _told([sys.executable, script, "--jobs", fewer, "--at", at, *several])


def _told(command: list[str]) -> Found:
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: Found = json.loads(done.stdout)
    return found


def _report(rounds: list[Round], jobs: int, cores: int) -> Found:
    def middle(of: Callable[[Round], float]) -> float:
        return median(of(each) for each in rounds)

    queues: list[Found] = []
    for queue, last in rounds[-1].items():
        per_s = round(middle(lambda each, queue=queue: each[queue]["per_s"]))
        ours = middle(lambda each, queue=queue: each[OURS]["per_s"] / each[queue]["per_s"])
        queues.append(last | {"per_s": per_s, "tidegate_ratio": round(ours, 2)})
    return {
        "jobs": jobs,
        "runs": len(rounds),
        "queues": queues,
        "postgresql": postgres.version(),
        "python": platform.python_version(),
        "cores": cores,
    }


if __name__ == "__main__":
    main()
