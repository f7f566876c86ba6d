"""Turns: handed on in the order in which they were asked for, and free again whatever happens."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sql.oslock import FileLock
from sql.turn import Turn


def in_line(turn: Turn) -> int:
    return len(turn._queue)


def wait_for_line(turn: Turn, n: int) -> None:
    """Until `n` stand in line, or the test's own time limit ends it."""
    pause = threading.Event()
    while in_line(turn) < n:
        pause.wait(0.001)


def test_turns_are_handed_on_in_the_order_in_which_they_were_asked_for() -> None:
    turn, order = Turn(None), []

    def take(number: int) -> None:
        with turn.taken():
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turn.taken():
        for number, thread in enumerate(threads):
            thread.start()
            wait_for_line(turn, number + 1)
    for thread in threads:
        thread.join(10)
    assert order == list(range(20))


def test_only_one_holds_the_turn(tmp_path: Path) -> None:
    turn, inside, most = Turn(tmp_path / "turn"), [0], [0]

    def take() -> None:
        for _ in range(50):
            with turn.taken():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    turn.close()
    assert (inside, most) == ([0], [1])


def test_an_error_within_hands_the_turn_on(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "turn")
    with pytest.raises(KeyError), turn.taken():
        raise KeyError
    with turn.taken():
        pass
    turn.close()


def test_another_process_waits_for_the_side_file(tmp_path: Path) -> None:
    turn, other = Turn(tmp_path / "turn"), FileLock(tmp_path / "turn")
    with turn.taken():
        assert not other.try_acquire()
    assert other.try_acquire()
    other.close()
    turn.close()


def test_without_a_side_file_it_would_not(tmp_path: Path) -> None:
    with Turn(None).taken():
        other = FileLock(tmp_path / "turn")
        assert other.try_acquire()
        other.close()


def test_a_free_turn_is_had_at_once(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "turn")
    with turn.taken_at_once() as first, turn.taken_at_once() as second:
        assert (first, second) == (True, False)
    with turn.taken_at_once() as again:
        assert again
    turn.close()


def test_a_turn_that_another_process_has_is_not_waited_for(tmp_path: Path) -> None:
    turn, other = Turn(tmp_path / "turn"), FileLock(tmp_path / "turn")
    other.acquire()
    with turn.taken_at_once() as mine:
        assert not mine
    other.release()
    with turn.taken_at_once() as mine:
        assert mine
    other.close()
    turn.close()
