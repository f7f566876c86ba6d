"""Writes docs/performance.md from what the benches printed: bench/results/*.json.

tidegate bench all -o json > bench/results/all.json
bench/.venv/bin/python bench/peers.py > bench/results/peers.json
bench/.venv/bin/python bench/peers.py --cores 1 > bench/results/peers_one_core.json
python tools/performance.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"

_HEAD = """\
# Performance

Written by `tools/performance.py` from `bench/results/`; nothing here is typed by hand. A figure of
one machine says little about another: what counts are the ratios, taken in one run.

Measured with Tidegate {version} on {database} ({durability}), Python {python}, {cores} cores, load
{load} at the start.

## The floors

| what | floor | measured | met |
|---|---|---|---|
"""
_REPEAT = """
## How to repeat it

    tidegate bench all -o json > bench/results/all.json      # about ten minutes
    bench/.venv/bin/python bench/peers.py > bench/results/peers.json   # bench/README.md
    bench/.venv/bin/python bench/peers.py --cores 1 > bench/results/peers_one_core.json
    .venv/bin/python tools/performance.py

`accepts` counts answers after the commit, with the load from a process of its own; the floor
endpoint is FastAPI that validates the same body and stores nothing, on the same server with the
same options. `drain` is one leader with an adapter that does nothing; each event leaves an attempt
with request and answer, an audit row, an outbox row and its part of the seal. `failover` kills the
leader with -9 under load, and is over when the standby has closed its first attempt.

## Where it stops

- SQLite alone was measured. On SQL Server the round trips are counted by tests (accept 2, claim 1,
  settle 1, and an empty one before each request to the ERP, which asks for the leader's lock); how
  long one takes is your network's and your disk's.
- One leader drains, in one process. More lanes help where the ERP is slow; they do not help where
  Python is the limit. pgqueuer, told to take 100 jobs at once, drains jobs of which it keeps one
  line faster: it spreads them over a worker and a server process; on one core the two are closer.
  As it comes (10 at once), as the drain of its own benchmark has it (five workers of 10), or with a
  handler that keeps the same rows ("with the record"), it is slower.
- The comparison with other queues was made half an hour before the floors, on a machine that is not
  the same at all hours: read its ratios, not its rates.
- An ERP that takes 100 ms a call and allows five at a time takes 50 events a second, whatever
  stands in front of it.
"""


def main() -> None:
    """Read both results, write the page."""
    found = json.loads((RESULTS / "all.json").read_text(encoding="utf-8"))
    page = _HEAD.format(**found["on"])
    for row in found["floors"]:
        page += f"| {row['what']} | {row['floor']:g} | {_told(row['measured'])} | {_met(row)} |\n"
    page += _figures(found)
    peers = [RESULTS / name for name in ("peers.json", "peers_one_core.json")]
    page += _peers([json.loads(each.read_text(encoding="utf-8")) for each in peers])
    costs = RESULTS / "costs.json"
    if costs.exists():
        page += _costs(json.loads(costs.read_text(encoding="utf-8")))
    PAGE.write_text(page + _REPEAT, encoding="utf-8")


def _figures(found: dict[str, Any]) -> str:
    drain = found["drain"]
    lines = [
        "\n## Accepts\n",
        "| connections | accepts/s | floor endpoint/s | ratio |",
        "|---|---|---|---|",
    ]
    for name in ("ingest_64", "ingest_16", "ingest_1"):
        each = found[name]
        lines.append(
            f"| {each['connections']} | {each['per_s']} | {each['floor_per_s']} | {each['ratio']} |"
        )
    lines += [
        "\n## Drain\n",
        "| behind it | events/s |",
        "|---|---|",
        f"| nothing | {drain['per_s']} |",
    ]
    for name, words in (("history", "finished events"), ("waiting", "waiting on one key")):
        if f"per_s_with_{name}" in drain:
            lines.append(f"| {drain[name]:,} {words} | {drain[f'per_s_with_{name}']} |")
    return "\n".join(lines) + "\n"


def _peers(found: list[dict[str, Any]]) -> str:
    first = found[0]
    cores = [f"{each['cores']} core{'s' * (each['cores'] > 1)}" for each in found]
    heads = "".join(f" | jobs/s, {each} | Tidegate against it" for each in cores)
    lines = [
        "\n## Beside other queues\n",
        f"The same {first['jobs']:,} jobs that do nothing, in turns, {first['runs']} rounds, "
        f"medians; {first['postgresql']}. What is slow drained fewer jobs. Once with all cores, "
        "once with all processes, servers too, on one.\n",
        f"| queue | workers, and jobs that each takes at once{heads} |",
        "|---|---|" + "---|---|" * len(found),
    ]
    for rows in zip(*[each["queues"] for each in found], strict=True):
        name = f"{rows[0]['queue']} {rows[0].get('version', '')}".strip()
        told = "".join(f" | {each['per_s']} | {each['tidegate_ratio']}" for each in rows)
        at_once = f"{rows[0].get('workers', 1)} × {rows[0].get('batch', 1)}"
        lines.append(f"| {name} | {at_once}{told} |")
    return "\n".join(lines) + "\n"


def _costs(found: list[dict[str, Any]]) -> str:
    lines = [
        "\n## What was taken out\n",
        "`bench/pairs.py`: this tree against an older revision, in turns; the ratio is the median "
        "of the pairs'.\n",
        "| cost | bench | before | now | ratio | pairs |",
        "|---|---|---|---|---|---|",
    ]
    for each in found:
        lines.append(
            f"| {each['cost']} | {each['what']}, against `{each['against']}` | "
            f"{each['before_per_s']}/s | {each['per_s']}/s | {each['ratio']} | {each['rounds']} |"
        )
    return "\n".join(lines) + "\n"


def _told(value: Any) -> str:
    return "not measured" if value is None else f"{value:g}"


def _met(row: dict[str, Any]) -> str:
    return {None: "", True: "yes", False: "no"}[row["met"]]


if __name__ == "__main__":
    main()
