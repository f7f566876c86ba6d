"""The door: credentials, services that are switched off, slots, time limits, language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.erp.sandbox_bench import ROOT, Bench, error_of, message_of, until
from tidegate.canon import Json, dumps

ADDRESSES = [("api", f"{ROOT}/items"), ("odata", "/ODataV4/Company")]


def get(bench: Bench, address: str, user: str, key: str) -> httpx.Response:
    return bench.http.get(address, auth=httpx.BasicAuth(user, key))


@pytest.mark.parametrize(("service", "address"), ADDRESSES)
def test_a_service_that_is_switched_off_is_405(bench: Bench, service: str, address: str) -> None:
    bench.settings(**{service: False})
    states = {name: bench.http.get(place).status_code for name, place in ADDRESSES}
    assert states == {name: 405 if name == service else 200 for name, _ in ADDRESSES}
    assert error_of(bench.http.get(address)) == (405, "BadRequest_MethodNotAllowed")


@pytest.mark.parametrize(("service", "address"), ADDRESSES)
def test_basic_takes_a_name_and_its_key_alone(bench: Bench, service: str, address: str) -> None:
    bench.settings(auth="basic", users={"TIDE": "k" * 44})
    assert get(bench, address, "TIDE", "k" * 44).status_code == 200
    wrong = [get(bench, address, *pair) for pair in (("TIDE", "k"), ("X", "k" * 44), ("X", ""))]
    for answer in [*wrong, bench.http.get(address)]:
        assert error_of(answer) == (401, "Authentication_InvalidCredentials")
        assert answer.headers["WWW-Authenticate"] == "Basic"


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Bearer x", "Basic w7w6w7w="])
def test_credentials_that_cannot_be_read_are_401(bench: Bench, header: str) -> None:
    bench.settings(auth="basic", users={"ü": "ü"})
    answer = bench.http.get(f"{ROOT}/items", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_server_for_windows_names_negotiate_alone(bench: Bench) -> None:
    bench.settings(auth="windows", users={"TIDE": "key"})
    answer = get(bench, f"{ROOT}/items", "TIDE", "key")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Negotiate")


@pytest.mark.parametrize("auth", ["windows", "ntlm"])
def test_basic_credentials_are_nothing_to_a_server_for_windows(bench: Bench, auth: str) -> None:
    bench.settings(auth=auth, users={"TIDE": "key"})
    assert get(bench, f"{ROOT}/items", "TIDE", "key").status_code == 401


def test_who_is_turned_away_changed_nothing(bench: Bench) -> None:
    bench.settings(auth="basic")
    bench.post("items", {"number": "HD-1"}, "one")
    assert bench.count("one") == 0


def test_one_more_than_the_queue_holds_is_429(bench: Bench) -> None:
    bench.settings(concurrent=1, queue=1)
    bench.fault(late_ms=300, times=1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bench.post, "items", {"number": "A"}, "one")
        until(lambda: bench.http.get("/sandbox/faults").json() == [])
        second = pool.submit(bench.post, "items", {"number": "B"}, "two")
        until(lambda: bench.http.get("/sandbox/slots").json()["queued"] == 1)
        third = bench.post("items", {"number": "C"}, "three")
        assert (first.result().status_code, second.result().status_code) == (201, 201)
    assert error_of(third) == (429, "Application_TooManyRequests")
    assert third.headers["Retry-After"] == "1"
    assert [row["effect_key"] for row in bench.ledger()] == ["one", "two"]


def test_five_run_at_once_and_the_rest_waits_its_turn(bench: Bench) -> None:
    bench.fault(late_ms=200, times=6)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(bench.post, "items", {"number": f"N-{n}"}) for n in range(6)]
        until(lambda: bench.http.get("/sandbox/slots").json() == {"running": 5, "queued": 1})
        assert {each.result().status_code for each in asked} == {201}
    assert bench.http.get("/sandbox/slots").json() == {"running": 0, "queued": 0}


def test_an_operation_beyond_its_limit_is_408_and_takes_effect_all_the_same(bench: Bench) -> None:
    bench.settings(operation_timeout_ms=50)
    bench.fault(late_ms=200)
    answer = bench.post("items", {"number": "HD-1"}, "one")
    assert error_of(answer) == (408, "Internal_RequestTimeout")
    assert bench.count("one") == 0
    until(lambda: bench.count("one") == 1)


def test_an_operation_beyond_its_limit_may_be_refused_unheard(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.post("items", {"number": "HD-1"})
    bench.settings(operation_timeout_ms=20)
    bench.fault(late_ms=50)
    assert bench.post("items", {"number": "HD-1"}, "two").status_code == 408
    until(lambda: bench.http.get("/sandbox/slots").json()["running"] == 0)
    assert (bench.count("two"), caplog.records) == (0, [])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("en-US", "You must specify"),
        ("en", "You must specify"),
        ("fr-FR, en;q=0.8", "You must specify"),
        ("de-AT", "Sie müssen"),
        ("fr-FR", "Sie müssen"),
        ("", "Sie müssen"),
    ],
)
def test_messages_speak_the_language_that_is_asked_for(
    bench: Bench, asked: str, words: str
) -> None:
    address = f"{ROOT}/purchaseOrderLines"
    answer = bench.http.get(address, headers={"Accept-Language": asked})
    assert message_of(answer).startswith(words)


def test_the_servers_language_is_a_setting(bench: Bench) -> None:
    bench.settings(language="en-US")
    answer = bench.http.get(f"{ROOT}/purchaseOrderLines", headers={"Accept-Language": "fr"})
    assert message_of(answer).startswith("You must specify")


def test_the_platforms_own_messages_are_english_in_every_language(bench: Bench) -> None:
    german = {"Accept-Language": "de-DE"}
    answer = bench.http.post(f"{ROOT}/items", content=b'{"colour": 1}', headers=german)
    assert message_of(answer).startswith("The property 'colour' does not exist")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"colour": "red"},
        {"concurrent": 0},
        {"queue": -1},
        {"queue": True},
        {"auth": "digest"},
        {"users": {"A": 1}},
        {"api": "yes"},
        {"language": "fr-FR"},
        {"queue": 1, "page_size": "x"},
    ],
)
def test_settings_that_cannot_be_are_422_and_change_nothing(bench: Bench, body: Json) -> None:
    before = bench.http.get("/sandbox/settings").json()
    assert bench.http.patch("/sandbox/settings", content=dumps(body)).status_code == 422
    assert bench.http.get("/sandbox/settings").json() == before


def test_settings_can_be_put_back_and_never_show_a_key(bench: Bench) -> None:
    bench.settings(auth="basic", users={"TIDE": "key"}, page_size=3)
    assert bench.http.get("/sandbox/settings").json()["users"] == ["TIDE"]
    bench.http.delete("/sandbox/settings")
    assert bench.http.get("/sandbox/settings").json()["page_size"] == 20000
