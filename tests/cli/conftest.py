"""Commands run in this process, and a whole house of real processes for those that need one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.main import get_command

from cli.main import app, guarded
from tests.e2e.house import House
from tidegate.clock import SystemClock
from tidegate.settings import SECRETS, Settings
from tidegate.testing import migrated

NAMES = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in SECRETS}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read."""
        return json.loads(self.out)


Run: TypeAlias = Callable[..., Ran]


@cache
def command() -> Callable[[list[str]], object]:
    """The program's tree of commands, which takes longer to build than most of them to run."""
    return get_command(app)


def with_schema(folder: Path) -> None:
    """What `tidegate db upgrade --dir FOLDER` makes where there is nothing."""
    folder.mkdir(exist_ok=True)
    migrated(folder / "tidegate.sqlite", SystemClock()).close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line where nothing of the caller's own settings is seen."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def call(*args: object) -> Ran:
        capsys.readouterr()
        try:
            code = guarded(lambda: command()([str(each) for each in args]))
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`tidegate up` with the keys of its own `keys.env`."""
    made = House(tmp_path_factory.mktemp("cli-house"), {"WEBHOOK_KEY": "", "ADMIN_KEY": ""})
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.fixture
def tried(house: House, run: Run) -> str:
    """The id of the example's event, applied in the house."""
    assert run("try", "--dir", house.dir, "--url", house.http.base_url).code == 0
    listed = run("events", "list", "--id", "460000000026049", "--dir", house.dir, "-o", "json")
    return str(listed.json[0]["event_id"])
