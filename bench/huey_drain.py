"""huey drains jobs that do nothing from a SQLite file that it syncs, one after the other."""

from __future__ import annotations

from importlib.metadata import version

from huey import SqliteHuey
from jobs import Counter, arguments, chunks


def main() -> None:
    told = arguments()
    huey = SqliteHuey(filename=told.at, fsync=True)
    counter = Counter(told.jobs)

    @huey.task()
    def noop(body: str) -> None:
        counter.one()

    for bodies in chunks(told.jobs):
        for body in bodies:
            noop(body)
    counter.start()
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
    counter.report("huey", version("huey"))


main()
