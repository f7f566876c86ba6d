"""Python functions as far side: real child processes, and what becomes of a call in each case."""

from __future__ import annotations

import ast
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from erp.legacy import python, worker
from erp.legacy.child import inherited
from erp.legacy.python import LegacyPython, build
from erp.rules import Rules
from tests.e2e.wait import eventually
from tests.erp.legacy_far import adapter, module, said
from tidegate.adapter import Command, Repeat
from tidegate.config_legacy import LegacyCommand
from tidegate.errors import ConfigError, FarError, SendRefused
from tidegate.outcome import Applied, CannotTell, NotApplied, NotSent, Rejected, Retry, Unknown

pytestmark = pytest.mark.process

EFFECT = UUID(int=7)
OURS = Path(worker.__file__).parents[2]
Make = Callable[..., LegacyPython]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """An adapter over functions given as the bodies of one-parameter functions."""
    made: list[LegacyPython] = []

    def _make(timeout: float = 5.0, lanes: int = 2, **bodies: str) -> LegacyPython:
        commands = module(tmp_path, **bodies)
        made.append(adapter(tmp_path, commands, timeout=timeout, lanes=lanes))
        return made[-1]

    yield _make
    for each in made:
        each.close()


def command(name: str = "f", **values: Any) -> Command:
    return Command(name, "106001/10000", values)


def failing(far: LegacyPython, asked: Command) -> FarError:
    with pytest.raises(FarError) as caught:
        far.apply(asked, EFFECT)
    return caught.value


def judged(error: FarError) -> object:
    return Rules.shipped().decide(error, adapter="legacy", sent=True).outcome


def test_a_function_is_handed_the_command_and_its_effect_key(make: Make, tmp_path: Path) -> None:
    far = make(f=f"open({str(tmp_path / 'got')!r}, 'w').write(json.dumps(command, default=str))")
    far.apply(replace(command(price=Decimal("12.25")), repeated=True), EFFECT)
    assert said(tmp_path / "got") == {
        "name": "f",
        "key": "106001/10000",
        "values": {"price": "12.25"},
        "effect_key": str(EFFECT),
        "repeated": True,
        "why": "apply",
    }


def test_a_decimal_keeps_its_digits_both_ways(make: Make) -> None:
    far = make(f="return {'new': {'price': command['values']['price'] + Decimal('0.10')}}")
    found = far.apply(command(price=Decimal("1234567890.123456789")), EFFECT)
    assert found == Applied(None, {"price": Decimal("1234567890.223456789")})


RETURNS: list[tuple[str, object]] = [
    ("None", Applied(None, {"a": 1})),
    ("{'old': {'a': 0}, 'new': {'a': 1}}", Applied({"a": 0}, {"a": 1})),
    ("{'answer': {'no': 5}, 'found': True}", Applied(None, {"a": 1}, {"no": 5}, found=True)),
    ("{'rejected': 'no', 'code': 'Blocked'}", Rejected("no", "Blocked")),
    ("{'rejected': 'no', 'status': 409}", Rejected("no", "rejected", 409)),
]


@pytest.mark.parametrize(("returned", "outcome"), RETURNS)
def test_what_a_function_returns_is_the_write_s_end(
    make: Make, returned: str, outcome: object
) -> None:
    assert make(f=f"return {returned}").apply(command(a=1), EFFECT) == outcome


def test_a_function_that_says_it_did_nothing_is_tried_again(make: Make) -> None:
    far = make(f="return {'retry': 'locked', 'code': 'Locked', 'after': 2.5}")
    assert judged(failing(far, command())) == Retry("locked", "Locked", 2.5)


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('boom')",
        "sys.exit(3)",
        "os._exit(3)",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "return 'yes'",
        "return {'neu': {}}",
        "return {'retry': 'x', 'new': {}}",
        "return {'new': {'a': float('nan')}}",
        "return {'new': {'a': object()}}",
        "return {'new': {'a': 'x' * 5_000_000}}",
        "return {'new': {'a': '\\ud800'}}",
    ],
)
def test_whatever_else_ends_a_sent_call_leaves_it_unknown(make: Make, body: str) -> None:
    far = make(f=body, g="return None")
    error = failing(far, command())
    assert error.sent
    assert isinstance(judged(error), Unknown)
    assert isinstance(far.apply(command("g"), EFFECT), Applied)


def test_an_exception_is_named_and_its_child_lives_on(make: Make) -> None:
    far = make(f="raise ValueError('boom')", pid="return {'new': {'pid': os.getpid()}}")
    before = far.apply(command("pid"), EFFECT)
    error = failing(far, command())
    assert (error.code, str(error)) == ("ValueError", "ValueError: boom")
    assert far.apply(command("pid"), EFFECT) == before


def test_a_call_that_outlasts_its_limit_is_killed_and_unknown(make: Make, tmp_path: Path) -> None:
    far = make(
        timeout=0.3,
        f=f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); threading.Event().wait()",
        g="return None",
    )
    error = failing(far, command())
    assert (error.sent, error.phase) == (True, "timeout")
    assert not alive(int((tmp_path / "pid").read_text()))
    assert isinstance(far.apply(command("g"), EFFECT), Applied)


def test_what_a_killed_call_had_started_ends_with_it(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    started = (
        "p = subprocess.Popen([sys.executable, '-c', 'import threading as t; t.Event().wait()'])"
    )
    far = make(timeout=0.5, f=f"{started}; open({str(path)!r}, 'w').write(str(p.pid)); p.wait()")
    failing(far, command())
    pid = int(path.read_text())
    eventually("its end", 20.0, lambda: None if alive(pid) else True)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # Nobody may have waited for it yet.
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_that_died_at_rest_is_followed_by_another(make: Make) -> None:
    far = make(f="return {'new': {'pid': os.getpid()}}")
    first = pid_of(far)
    os.kill(first, signal.SIGKILL)
    eventually("its end", 20.0, lambda: None if alive(first) else True)
    assert pid_of(far) != first


def pid_of(far: LegacyPython) -> int:
    found = far.apply(command(), EFFECT)
    assert isinstance(found, Applied)
    return int(str(found.new["pid"]))


def test_one_child_serves_call_after_call(make: Make) -> None:
    far = make(f="return {'new': {'pid': os.getpid()}}")
    assert len({pid_of(far) for _ in range(5)}) == 1


def test_two_lanes_call_at_once_in_children_of_their_own(make: Make, tmp_path: Path) -> None:
    meet = (
        f"here = {str(tmp_path)!r}; open(here + '/' + command['key'], 'w').close()\n"
        "    while not all(os.path.exists(here + '/' + each) for each in 'ab'):\n"
        "        threading.Event().wait(0.01)\n"
        "    return {'new': {'pid': os.getpid()}}"
    )
    far = make(f=meet)
    with ThreadPoolExecutor(2) as lanes:
        ends = list(lanes.map(lambda key: far.apply(Command("f", key, {}), EFFECT), "ab"))
    assert len({end.new["pid"] for end in ends if isinstance(end, Applied)}) == 2


def test_a_call_for_which_there_is_no_child_was_not_sent(make: Make, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    far = make(
        timeout=1.0, lanes=1, f=f"open({str(begun)!r}, 'w').close(); threading.Event().wait()"
    )
    first = threading.Thread(target=lambda: failing(far, command()))
    first.start()
    eventually("the first call", 20.0, lambda: begun.exists() or None)
    far._timeout = 0.05
    error = failing(far, command())
    first.join()
    assert (error.sent, error.phase) == (False, "pool")


def test_a_refused_sending_calls_nothing_and_keeps_the_child(make: Make, tmp_path: Path) -> None:
    def refuse(request: bytes, version: str | None) -> None:
        raise SendRefused("old")

    touched = tmp_path / "touched"
    far = make(f="return {'new': {'pid': os.getpid()}}", g=f"open({str(touched)!r}, 'w').close()")
    first = pid_of(far)
    with pytest.raises(SendRefused):
        far.apply(replace(command("g"), sending=refuse), EFFECT)
    assert pid_of(far) == first
    assert not touched.exists()


def test_what_is_printed_goes_to_the_log_and_nowhere_else(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    far = make(f="print('hello from afar \\u00e9'); print(input() if False else 'in')")
    assert isinstance(far.apply(command(), EFFECT), Applied)
    eventually("the line", 20.0, lambda: "hello from afar" in capfd.readouterr().err or None)


def test_a_function_that_reads_its_input_reads_nothing(make: Make) -> None:
    far = make(f="return {'new': {'read': sys.stdin.read()}}")
    assert far.apply(command(), EFFECT) == Applied(None, {"read": ""})


def test_nothing_of_ours_is_on_its_path(tmp_path: Path) -> None:
    commands = module(tmp_path, f="return {'new': {'path': sys.path}}")
    base = str(vars(sys)["_base_executable"])
    far = adapter(tmp_path, commands, interpreter=base, environ={"PYTHONPATH": str(OURS)})
    found = far.apply(command(), EFFECT)
    far.close()
    assert isinstance(found, Applied)
    path: Any = found.new["path"]
    assert path[0] == str(tmp_path)
    assert not [each for each in path if each.startswith(str(OURS))]


def test_a_child_inherits_no_secret_of_ours_and_none_of_our_python_s_places() -> None:
    ours = {"DB_DSN": "x", "DB_PASSWORD_FILE": "x", "PYTHONPATH": "x", "VIRTUAL_ENV": "x"}
    assert inherited({**ours, "PATH": "p", "MY_ERP_PASSWORD": "q"}) == {
        "PATH": "p",
        "MY_ERP_PASSWORD": "q",
    }


def test_a_large_command_to_a_frozen_child_ends_at_the_limit(make: Make) -> None:
    far = make(timeout=0.5, f="return {'new': {'pid': os.getpid()}}")
    os.kill(pid_of(far), signal.SIGSTOP)
    error = failing(far, command(text="x" * 1_000_000))
    # It cannot have read the end of the line.
    assert (error.sent, error.phase) == (False, "dropped")
    assert isinstance(judged(error), NotSent)


@pytest.mark.parametrize("broken", ["import nowhere", "def other(): ...", "syntax error here"])
def test_a_module_that_does_not_load_stops_the_start_and_sends_nothing(
    tmp_path: Path, broken: str
) -> None:
    (tmp_path / "mine.py").write_text(broken)
    far = adapter(tmp_path, {"f": {"call": "mine:f"}})
    with pytest.raises(ConfigError, match=r"mine|nowhere|syntax"):
        far.check()
    error = failing(far, command())
    assert (error.sent, error.phase) == (False, "connect")
    far.close()


def test_an_interpreter_that_is_none_stops_the_start(tmp_path: Path) -> None:
    for path in (tmp_path / "python", Path("/bin/false"), tmp_path):
        with pytest.raises(ConfigError, match="cannot start"):
            adapter(tmp_path, module(tmp_path, f="pass"), interpreter=str(path)).check()


PROBES: list[tuple[str, object]] = [
    ("True", Applied(None, {"a": 1}, found=True)),
    ("{'new': {'a': 2}}", Applied(None, {"a": 2}, found=True)),
    ("False", NotApplied("106001/10000 does not show what was asked")),
    ("None", CannotTell("the probe cannot tell")),
    ("{'cannot_tell': 'busy'}", CannotTell("busy")),
]


@pytest.mark.parametrize(("returned", "finding"), PROBES)
def test_what_a_probe_returns_is_its_finding(
    tmp_path: Path, returned: str, finding: object
) -> None:
    module(tmp_path, f="return None", look=f"return {returned}")
    functions = {"call": "mine:f", "probe": "mine:look", "repeat": "probe", "in_doubt": 30.0}
    far = adapter(tmp_path, {"f": functions})
    assert far.probe(command(a=1), EFFECT) == finding
    far.close()


def test_a_repeat_whose_probe_cannot_tell_writes_nothing_and_stays_unknown(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    module(tmp_path, f=f"open({str(touched)!r}, 'w').close()", look="return None")
    functions = {"call": "mine:f", "probe": "mine:look", "repeat": "probe", "in_doubt": 30.0}
    far = adapter(tmp_path, {"f": functions})
    error = failing(far, replace(command(), repeated=True))
    far.close()
    assert isinstance(judged(error), Unknown)
    assert not touched.exists()


def test_its_children_end_when_it_is_closed(make: Make) -> None:
    far = make(f="return {'new': {'pid': os.getpid()}}")
    pid = pid_of(far)
    far.close()
    assert not alive(pid)


OLD = sorted(
    Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.8*/bin/python")
)


def test_the_worker_is_python_3_8_and_the_standard_library_alone() -> None:
    tree = ast.parse(Path(worker.__file__).read_text("utf-8"), feature_version=(3, 8))
    named = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    named |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert named <= {
        "__future__", "datetime", "decimal", "importlib", "io", "json", "os", "sys", "traceback",
        "typing",
    }  # fmt: skip


@pytest.mark.skipif(not OLD, reason="no Python 3.8 here")
def test_an_interpreter_as_old_as_3_8_runs_it(tmp_path: Path) -> None:
    commands = module(tmp_path, f="return {'new': {'minor': sys.version_info[1], 'd': Decimal(1)}}")
    far = adapter(tmp_path, commands, interpreter=str(OLD[0]))
    assert far.apply(command(), EFFECT) == Applied(None, {"minor": 8, "d": 1})
    far.close()


def options(**given: Any) -> Any:
    base: dict[str, Any] = {"interpreter": "python", "folder": None, "timeout": 10.0, "lanes": 1}
    return SimpleNamespace(**{**base, "commands": {}, **given})


def test_the_options_make_an_adapter_of_the_functions_alone() -> None:
    commands = {
        "date": LegacyCommand(call="a:b", probe="a:c", repeat="probe", in_doubt=30.0),
        "post": LegacyCommand(procedure="dbo.Post"),
    }
    far = build(options(commands=commands), {})
    assert far.commands["date"].repeat is Repeat.PROBE
    assert (list(far.commands), far.commands["date"].in_doubt) == (["date"], 30.0)


def test_a_doubt_that_ends_before_the_call_does_stops_the_start() -> None:
    slow = LegacyCommand(call="a:b", probe="a:c", repeat="probe", in_doubt=10.0)
    with pytest.raises(ConfigError, match="in_doubt"):
        build(options(commands={"date": slow}), {})


def test_functions_without_an_interpreter_stop_the_start() -> None:
    with pytest.raises(ConfigError, match="no interpreter"):
        build(options(interpreter=None, commands={"f": LegacyCommand(call="a:b")}), {})


def test_a_child_that_does_not_get_ready_in_time_was_sent_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import threading\nthreading.Event().wait()\n")
    far = adapter(tmp_path, {"f": {"call": "mine:f"}})
    far._start = replace(far._start, limit=0.3)
    assert python.START_LIMIT > 1
    assert failing(far, command()).phase == "connect"
    far.close()
