"""Connections that are lent to one call at a time."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from erp.business_central.adapter import BusinessCentral
from erp.business_central.connections import Connections
from tests.erp.sandbox_bench import client, until
from tidegate.errors import FarError


def test_a_call_whose_turn_does_not_come_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        only = Connections(lambda: client(address), most=1, patience=0.05)
        adapter = BusinessCentral(only, company="CRONUS")
        ends: list[Exception] = []
        holder = threading.Thread(target=_ask, args=(adapter, ends))
        holder.start()
        connection, _ = silent.accept()
        with pytest.raises(FarError) as caught:
            adapter.health()
        connection.close()
        holder.join()
        until(lambda: len(ends) == 1)
        adapter.close()
    assert (caught.value.phase, caught.value.sent) == ("pool", False)


def test_a_connection_that_failed_is_lent_again() -> None:
    only = Connections(lambda: client("http://127.0.0.1:9"), most=1, patience=0.05)
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            only.send(only.build_request("GET", "/"))
    only.close()


def _ask(adapter: BusinessCentral, ends: list[Exception]) -> None:
    try:
        adapter.health()
    except FarError as error:
        ends.append(error)
