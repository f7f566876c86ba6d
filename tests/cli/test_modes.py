"""ERP_MODE: which adapters a house writes to, and when `up` brings its own sandbox along."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli import exits, modes
from ingest.targets import Canary, names
from tests.cli.test_starts import refusal
from tests.e2e import briefly
from tests.e2e.house import House
from tidegate.config import Config, load_config
from tidegate.errors import ConfigError
from tidegate.settings import Settings, load_settings

NOWHERE = "http://127.0.0.1:9"
BRIEFLY = Path(briefly.__file__)
LEGACY = """
[adapters.legacy]
interpreter = '{python}'
folder = '{folder}'
[adapters.legacy.commands."purchaseOrderLines.date"]
call = "{call}"
"""
PROCEDURE = """
[adapters.legacy.commands."purchaseOrderLines.date"]
procedure = "dbo.SetDate"
"""


def settings(**env: str) -> Settings:
    return load_settings({}, env, None)


def config(folder: Path, text: str) -> Config:
    path = folder / "tidegate.toml"
    path.write_text(text, "utf-8")
    return load_config(path)


@pytest.mark.parametrize(
    ("env", "sandbox", "expected"),
    [
        ({}, True, ("sandbox",)),
        ({}, False, ("business_central",)),
        ({"ERP_ADAPTER": "mine"}, True, ("mine",)),
        ({"ERP_MODE": "legacy"}, False, ("legacy",)),
        ({"ERP_MODE": "canary"}, False, ("business_central", "legacy")),
        ({"ERP_MODE": "canary"}, True, ("sandbox", "legacy")),
    ],
)
def test_the_mode_says_which_adapters_are_written_to(
    env: dict[str, str], sandbox: bool, expected: tuple[str, ...]
) -> None:
    assert names(modes.target_of(settings(**env), sandbox=sandbox)) == expected


def test_a_canary_needs_two_adapters() -> None:
    with pytest.raises(ConfigError, match="both sides"):
        modes.target_of(settings(ERP_MODE="canary", ERP_ADAPTER="legacy"))


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_a_canarys_share_of_the_keys_is_the_percentage(percent: int) -> None:
    canary = Canary("official", "legacy", percent)
    keys = [number.to_bytes(8, "big") for number in range(1000)]
    assert [canary.of(each) for each in keys].count("official") == percent * 10


def test_a_larger_share_takes_no_key_from_the_official_adapter() -> None:
    keys = [number.to_bytes(8, "big") for number in range(1000)]
    small, large = (
        {each for each in keys if Canary("official", "legacy", percent).of(each) == "official"}
        for percent in (20, 60)
    )
    assert small < large


@pytest.mark.parametrize(
    "env",
    [
        {"ERP_ADAPTER": "business_central"},
        {"ERP_BASE_URL": NOWHERE},
        {"ERP_ADAPTER": "sandbox", "ERP_BASE_URL": NOWHERE},
        {"ERP_MODE": "legacy"},
        {"ERP_MODE": "canary", "ERP_ADAPTER": "business_central"},
    ],
)
def test_where_another_erp_is_named_no_sandbox_comes_along(env: dict[str, str]) -> None:
    shipped = load_config(None)
    assert modes.brings_sandbox(settings(**env), shipped, None) is False
    assert modes.brings_sandbox(settings(**env), shipped, False) is False


def test_where_nothing_is_named_the_sandbox_comes_along_unless_it_is_not_wanted() -> None:
    shipped = load_config(None)
    assert modes.brings_sandbox(settings(), shipped, None) is True
    assert modes.brings_sandbox(settings(), shipped, False) is False


def test_a_sandbox_that_is_asked_for_comes_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    asked = settings(ERP_ADAPTER="business_central", ERP_BASE_URL=NOWHERE)
    assert modes.brings_sandbox(asked, load_config(None), True) is True
    assert "--sandbox goes before ERP_ADAPTER=business_central" in capsys.readouterr().err


def test_a_sandbox_beside_an_address_of_the_file_is_refused(tmp_path: Path) -> None:
    central = config(tmp_path, f"[adapters.business_central]\nbase_url = '{NOWHERE}'\n")
    with pytest.raises(ConfigError, match="base_url names another ERP"):
        modes.brings_sandbox(settings(ERP_ADAPTER="business_central"), central, True)


def test_up_never_writes_to_a_sandbox_where_another_erp_is_named(tmp_path: Path) -> None:
    house = House(tmp_path, {"ERP_BASE_URL": NOWHERE, "ERP_COMPANY": "C"})
    try:
        house.up_alone(ERP_USER="u", ERP_PASSWORD="p", ERP_ADAPTER="business_central")
        assert not (house.dir / "sandbox.sqlite").exists()
    finally:
        house.close()


def test_child_processes_inherit_no_secret_that_the_configuration_names(tmp_path: Path) -> None:
    named = config(
        tmp_path,
        "[sources.shop]\npreset = 'zoho'\nsecrets = ['SHOP_SECRET']\n"
        "[[subscriptions]]\nname = 'wms'\nurl = 'http://127.0.0.1:9'\n",
    )
    environ = dict.fromkeys(
        ("PATH", "SHOP_SECRET", "SHOP_SECRET_FILE", "SUBSCRIBER_SECRET_WMS", "MY_SECRET"), "x"
    )
    assert sorted(modes.surroundings(named, environ)) == ["MY_SECRET", "PATH"]


@pytest.mark.parametrize("other", ["on", "shadow"])
def test_writes_that_would_stand_still_for_another_source_stop_the_start(
    tmp_path: Path, other: str
) -> None:
    one = '[entities."zoho.products"]\nwrites = "off"\n'
    shop = "[sources.shop]\npreset = 'zoho'\nsecrets = ['S']\n[entities.'shop.products']\n"
    shop += f"writes = '{other}'\n"
    both = config(tmp_path, one + shop)
    with pytest.raises(ConfigError, match="every source"):
        modes.check_writes(both)
    modes.check_writes(config(tmp_path, one))
    shadow = one.replace("off", "shadow")
    modes.check_writes(config(tmp_path, shadow))


def test_an_entity_whose_writes_are_off_waits_and_the_others_do_not(tmp_path: Path) -> None:
    off = '[entities."zoho.products"]\nwrites = "off"\n'
    (tmp_path / "tidegate.toml").write_text(off, "utf-8")
    house = House(tmp_path)
    try:
        first = house.up(BRIEFLY)
        waits = house.accepted({"item_id": "1", "name": "A", "sku": "A-1"})
        assert house.line_date("d-1", "2026-12-01").status_code == 200
        assert house.event(waits)["state"] in {"ready", "retrying"}
        assert first.terminate() == exits.OK
        (tmp_path / "tidegate.toml").unlink()
        house.up(BRIEFLY)
        house.ended(waits, seconds=30)
    finally:
        house.close()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "has no commands"),
        (PROCEDURE, "is no SQL Server"),
        (LEGACY.format(python=sys.executable, folder=".", call="nowhere:f"), "nowhere"),
    ],
)
def test_a_legacy_house_that_could_write_nothing_does_not_start(
    tmp_path: Path, toml: str, said: str
) -> None:
    (tmp_path / "tidegate.toml").write_text(toml, "utf-8")
    code, words = refusal(tmp_path, "up", "--dir", "d", "--port", "0", ERP_MODE="legacy")
    assert (code, said in words) == (exits.USAGE, True), words
