"""Credentials: Basic, NTLM and Negotiate over real handshakes, and what to set where they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from erp.business_central.adapter import BusinessCentral, build
from erp.business_central.auth import Login, Scheme, needed
from tests.erp.sandbox_bench import Bench
from tidegate.adapter import Command
from tidegate.clock import SystemClock
from tidegate.errors import ConfigError, FarError
from tidegate.ids import Ids
from tidegate.outcome import Applied
from tidegate.settings import load_settings

IDS = Ids(SystemClock())
KEY = "kV9hT2mW4xQ7bN1cZ8sL5dJ3fG6pR0yA+uEoIqXwHtM="
USER, PASSWORD = "TIDE\\gate", "Pässword 1"
Build = Callable[[Scheme, str, str], BusinessCentral]
WINDOWS = [("windows", "negotiate"), ("ntlm", "negotiate"), ("ntlm", "ntlm")]


def item(number: int = 1) -> Command:
    return Command("items.upsert", f"N-{number}", {"displayName": "A"})


@pytest.fixture
def calling(bench: Bench) -> Iterator[Build]:
    opened: list[BusinessCentral] = []

    def make(scheme: Scheme, user: str, password: str) -> BusinessCentral:
        login = Login(scheme, user, SecretStr(password))
        opened.append(build(bench.serving.url, "CRONUS", login, timeout=5.0))
        return opened[-1]

    yield make
    for adapter in opened:
        adapter.close()


def refused(adapter: BusinessCentral) -> FarError:
    with pytest.raises(FarError) as caught:
        adapter.apply(item(), IDS.uuid())
    assert (caught.value.status, caught.value.sent) == (401, False)
    return caught.value


def test_basic_takes_user_and_key(bench: Bench, calling: Build) -> None:
    bench.settings(auth="basic", users={"ADMIN": KEY})
    assert isinstance(calling("basic", "ADMIN", KEY).apply(item(), IDS.uuid()), Applied)


def test_a_wrong_key_says_what_to_check(bench: Bench, calling: Build) -> None:
    bench.settings(auth="basic", users={"ADMIN": KEY})
    error = refused(calling("basic", "ADMIN", "wrong"))
    assert error.code == "Authentication_InvalidCredentials"
    assert "web service access key" in str(error)
    assert "wrong" not in str(error)


def test_a_server_of_windows_credentials_says_what_to_set(bench: Bench, calling: Build) -> None:
    bench.settings(auth="windows", users={USER: PASSWORD})
    assert "ERP_AUTH=negotiate" in str(refused(calling("basic", "ADMIN", KEY)))


@pytest.mark.parametrize("scheme", ["ntlm", "negotiate"])
def test_a_server_of_basic_says_what_to_set(bench: Bench, calling: Build, scheme: Scheme) -> None:
    bench.settings(auth="basic", users={"ADMIN": KEY})
    assert "ERP_AUTH=basic" in str(refused(calling(scheme, USER, PASSWORD)))


@pytest.mark.parametrize(("auth", "scheme"), WINDOWS)
def test_windows_credentials_are_let_in(
    bench: Bench, calling: Build, auth: str, scheme: Scheme
) -> None:
    bench.settings(auth=auth, users={USER: PASSWORD})
    adapter = calling(scheme, USER, PASSWORD)
    effect = IDS.uuid()
    assert isinstance(adapter.apply(item(), effect), Applied)
    assert bench.count(effect) == 1


@pytest.mark.parametrize(("auth", "scheme"), WINDOWS)
def test_wrong_windows_credentials_are_told(
    bench: Bench, calling: Build, auth: str, scheme: Scheme
) -> None:
    bench.settings(auth=auth, users={USER: PASSWORD})
    assert "ERP_PASSWORD" in str(refused(calling(scheme, USER, "wrong")))


def test_windows_handshakes_of_many_threads_do_not_mix(bench: Bench, calling: Build) -> None:
    bench.settings(auth="windows", users={USER: PASSWORD})
    adapter = calling("negotiate", USER, PASSWORD)
    with ThreadPoolExecutor(6) as threads:
        ends = threads.map(lambda n: adapter.apply(item(n), IDS.uuid()), range(24))
        assert all(isinstance(end, Applied) for end in ends)


@pytest.mark.parametrize(("user", "key"), [("Jörg", KEY), ("ADMIN", "schlüssel")])
def test_basic_beyond_ascii_is_refused_before_it_fails(calling: Build, user: str, key: str) -> None:
    with pytest.raises(ConfigError, match="beyond ASCII") as caught:
        calling("basic", user, key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(("missing", "name"), [("erp_user", "USER"), ("erp_password", "PASSWORD")])
def test_a_login_is_asked_for(missing: str, name: str) -> None:
    given = {"erp_user": "ADMIN", "erp_password": KEY, missing: None}
    with pytest.raises(ConfigError, match=f"ERP_{name} is not set"):
        needed(Login.of(load_settings(given, {}, None)))


def test_a_login_never_shows_its_password() -> None:
    assert KEY not in repr(Login("basic", "ADMIN", SecretStr(KEY)))
