"""The adapter contract's far side where that is a sandbox on a real port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import httpx

from erp.business_central.adapter import BusinessCentral
from tests.conformance.adapter_contract import Disturb, Far
from tests.erp.sandbox_bench import Bench, client, give_up_next_write, until
from tidegate.adapter import Command

LATE_MS = 800
GIVES_UP = 0.3
TIMEOUT = 5.0
Suite: TypeAlias = Callable[[Callable[[int], Command], Command], Far]


@contextmanager
def suite_over(
    bench: Bench, build: Callable[[httpx.Client], BusinessCentral], path: str = ""
) -> Iterator[Suite]:
    """Makes the far side of a command from the adapters that `build` makes.

    Args:
        path: below which the ERP's address begins.
    """
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    https = [client(url + path, TIMEOUT) for url in (bench.serving.url, closed)]
    here, there = map(build, https)

    def far(command: Callable[[int], Command], refused: Command) -> Far:
        return Far(
            adapter=here,
            unreachable=there,
            command=command,
            effects=bench.count,
            until_effect=lambda effect: until(lambda: bench.count(effect) > 0),
            refused=refused,
            disturb=_disturb(bench, https[0]),
        )

    yield far
    here.close()
    there.close()


def _disturb(bench: Bench, http: httpx.Client) -> Disturb:
    def late() -> None:
        bench.fault(late_ms=LATE_MS)
        give_up_next_write(http, GIVES_UP)

    return Disturb(
        refuse=lambda: bench.fault(status=503),
        drop_before=lambda: bench.fault(drop="before"),
        drop_after=lambda: bench.fault(drop="after"),
        late=late,
        outlast=lambda: bench.outlast(LATE_MS),
    )
