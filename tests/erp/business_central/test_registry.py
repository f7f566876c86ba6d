"""Which adapter a name stands for, and what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from erp.business_central.adapter import IN_DOUBT, LANES, BusinessCentral
from erp.business_central.auth import Login
from erp.mapping.schema import COMMANDS
from erp.registry import build_adapter, options_of
from tidegate.adapter import Adapter, Reads, Repeat
from tidegate.config_tables import AdapterOptions
from tidegate.errors import ConfigError

URL = "http://127.0.0.1:9/BC180"
LOGIN = Login("basic", "ADMIN", SecretStr("key"))


def central(**options: Any) -> Adapter:
    adapter = build_adapter("business_central", AdapterOptions(**options), URL, "CRONUS", LOGIN)
    adapter.close()
    return adapter


def test_business_central_is_built_and_reads() -> None:
    adapter = central()
    assert isinstance(adapter, BusinessCentral)
    assert isinstance(adapter, Reads)


def test_doubt_outlasts_the_servers_operation_timeout_unless_told() -> None:
    create = "salesInvoices.create"
    assert central().commands[create].in_doubt == IN_DOUBT
    assert central(in_doubt=90.0).commands[create].in_doubt == 90.0
    assert central(in_doubt=30.0).commands[create].in_doubt == 30.0
    assert central(timeout=900.0).commands[create].in_doubt == 960.0


def test_it_can_do_what_a_mapping_may_ask() -> None:
    assert set(central().commands) == set(COMMANDS)


def test_probe_may_be_asked_of_what_is_conditional() -> None:
    assert central().commands["items.upsert"].repeat is Repeat.CONDITIONAL
    assert central(repeat="probe").commands["items.upsert"].repeat is Repeat.PROBE
    with pytest.raises(ConfigError, match="transactional"):
        central(repeat="transactional")


@pytest.mark.parametrize(
    ("base_url", "company", "login", "setting"),
    [
        (None, "CRONUS", LOGIN, "ERP_BASE_URL"),
        (URL, None, LOGIN, "ERP_COMPANY"),
        (URL, "CRONUS", None, "ERP_USER"),
    ],
)
def test_what_is_missing_is_named(
    base_url: str | None, company: str | None, login: Login | None, setting: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        build_adapter("business_central", AdapterOptions(), base_url, company, login)
    assert setting in caught.value.next_step


def test_business_central_has_few_lanes_unless_the_file_says_more() -> None:
    usual, said = AdapterOptions(), AdapterOptions(lanes=8)
    assert options_of("business_central", usual).lanes == LANES
    assert options_of("business_central", said).lanes == 8
    assert options_of("sandbox", usual).lanes == usual.lanes


def test_a_name_of_nobody_says_which_there_are() -> None:
    with pytest.raises(ConfigError, match="nobody") as caught:
        build_adapter("nobody", AdapterOptions(), None, None)
    assert "business_central" in caught.value.next_step
