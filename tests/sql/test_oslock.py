"""OS locks: one holder, and free as soon as it lets go, or dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sql.oslock import FileLock

HOLD = """
import sys
from pathlib import Path
from sql.oslock import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    one, two = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.try_acquire()
    assert not two.try_acquire()
    one.release()
    assert two.try_acquire()
    two.close()
    one.close()


def test_who_holds_it_may_take_it_again(tmp_path: Path) -> None:
    one = FileLock(tmp_path / "lock")
    assert one.try_acquire()
    assert one.try_acquire()
    one.close()


def test_closing_lets_go_of_it_and_may_be_done_twice(tmp_path: Path) -> None:
    one, two = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    one.acquire()
    one.close()
    one.close()
    assert two.try_acquire()
    two.close()


@pytest.mark.process
def test_it_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(path)
        assert not lock.try_acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    assert lock.try_acquire()
    lock.close()


@pytest.mark.process
def test_a_child_does_not_inherit_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock.acquire()
    wait = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(wait, stdin=pipe, stdout=pipe, close_fds=False) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        lock.close()
        other = FileLock(path)
        assert other.try_acquire()
        other.close()
        assert child.poll() is None


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept in another way there")
def test_its_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    assert os.stat(tmp_path / "lock").st_mode & 0o777 == 0o600
    lock.close()
