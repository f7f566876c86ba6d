"""This tree against an older revision of it: the same bench, in turns, as paired ratios.

    .venv/bin/python bench/pairs.py 1790e55 --what drain --rounds 5

A machine that others share drifts from minute to minute; the ratio of two runs that follow each
other drifts less, and the median of such ratios is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent.parent
TIDEGATE = "import sys; from cli.main import run; sys.exit(run())"
BENCHES = {
    "drain": ["--events", "20000", "--history", "0", "--waiting", "0", "--runs", "1"],
    "ingest": ["--connections", "64", "--runs", "1"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("revision")
    parser.add_argument("--what", choices=list(BENCHES), default="drain")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    pairs = []
    with _tree(told.revision) as older:
        for number in range(told.rounds):
            pair = (_per_s(older, told.what), _per_s(HERE, told.what))
            print(f"round {number + 1}: {pair[0]}/s, now {pair[1]}/s", file=sys.stderr)
            pairs.append(pair)
    print(json.dumps(_report(told.revision, told.what, pairs)))


def _report(revision: str, what: str, pairs: list[tuple[int, int]]) -> dict[str, object]:
    return {
        "what": what,
        "against": revision,
        "rounds": len(pairs),
        "before_per_s": round(median(before for before, _ in pairs)),
        "per_s": round(median(now for _, now in pairs)),
        "ratio": round(median(now / before for before, now in pairs), 2),
    }


@contextmanager
def _tree(revision: str) -> Iterator[Path]:
    """The files of a revision, as long as this lives."""
    with tempfile.TemporaryDirectory(prefix="tidegate-pairs-") as name:
        place = Path(name) / "tree"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def _per_s(tree: Path, what: str) -> int:
    command = [sys.executable, "-c", TIDEGATE, "bench", what, *BENCHES[what], "-o", "json"]
    around = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=tree, env=around, check=True)
    return int(json.loads(done.stdout)["per_s"])


if __name__ == "__main__":
    main()
