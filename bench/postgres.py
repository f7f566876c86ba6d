"""A PostgreSQL of Debian's own packages, in a folder of its own, with its default durability."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = "/usr/lib/postgresql"
USER = "postgres"


def binaries() -> Path:
    """The newest installed server's. Raises `SystemExit` where there is none."""
    found = sorted(Path(PLACES).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise SystemExit("no PostgreSQL server is installed (on Debian: apt install postgresql)")
    return found[-1].parent


def version() -> str:
    """What it calls itself."""
    told = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, check=True)
    return told.stdout.decode().strip()


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """The port of a server that lives as long as this; its files are in `folder`."""
    data, port = folder / "pg", _free_port()
    _as_server(folder, "initdb", "-D", str(data), "-A", "trust", "-U", USER)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    log = str(folder / "postgres.log")
    _as_server(folder, "pg_ctl", "-D", str(data), "-w", "-o", options, "-l", log, "start")
    try:
        yield port
    finally:
        _as_server(folder, "pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def database(port: int, name: str) -> str:
    """A new database; its DSN."""
    place = ["-h", "127.0.0.1", "-p", str(port), "-U", USER]
    subprocess.run([binaries() / "createdb", *place, name], check=True)
    return f"postgresql://{USER}@127.0.0.1:{port}/{name}"


def _as_server(folder: Path, program: str, *told: str) -> None:
    command = [str(binaries() / program), *told]
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        shutil.chown(folder, USER)
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
    # What a server inherits it keeps open: a pipe would never end.
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SystemExit(f"{program} failed; see {folder / 'postgres.log'}")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
