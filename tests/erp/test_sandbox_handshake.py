"""Windows authentication, over real handshakes."""

from __future__ import annotations

import base64
import os
from typing import Any

import httpx
import pytest

from tests.erp.sandbox_bench import ROOT, Bench, client
from tidegate.canon import Json

spnego: Any = pytest.importorskip("spnego")
USER, PASSWORD = "TIDE\\gate", "Pässword 1"
USERS: Json = {USER: PASSWORD}
ITEMS = f"{ROOT}/items"


class Windows(httpx.Auth):
    """A client's half of the handshake."""

    def __init__(self, scheme: str, user: str = USER, password: str = PASSWORD) -> None:
        self._scheme = scheme
        self._known = (user, password)

    def auth_flow(self, request: httpx.Request) -> Any:
        context = spnego.client(*self._known, protocol=self._scheme.lower())
        token = context.step()
        while True:
            request.headers["Authorization"] = f"{self._scheme} {base64.b64encode(token).decode()}"
            response = yield request
            offer = response.headers.get("WWW-Authenticate", "")
            if response.status_code != 401 or not offer.startswith(f"{self._scheme} "):
                return
            token = context.step(base64.b64decode(offer.partition(" ")[2]))


CASES = [("windows", "Negotiate"), ("ntlm", "Negotiate"), ("ntlm", "NTLM")]


@pytest.mark.parametrize(("auth", "scheme"), CASES)
def test_a_known_user_is_let_in(bench: Bench, auth: str, scheme: str) -> None:
    bench.settings(auth=auth, users=USERS)
    assert bench.http.get(ITEMS, auth=Windows(scheme)).status_code == 200


@pytest.mark.parametrize(("auth", "scheme"), CASES)
@pytest.mark.parametrize("wrong", [(USER, "password"), ("TIDE\\nobody", PASSWORD)])
def test_a_wrong_password_or_name_is_401(
    bench: Bench, auth: str, scheme: str, wrong: tuple[str, str]
) -> None:
    bench.settings(auth=auth, users=USERS)
    answer = bench.http.get(ITEMS, auth=Windows(scheme, *wrong))
    assert answer.status_code == 401
    assert bench.http.get(ITEMS).status_code == 401


@pytest.mark.parametrize(
    ("auth", "offered"), [("windows", "Negotiate"), ("ntlm", "Negotiate, NTLM")]
)
def test_it_says_what_it_takes(bench: Bench, auth: str, offered: str) -> None:
    bench.settings(auth=auth, users=USERS)
    for header in ("", "NTLM", "Digest x", "Negotiate !", "Negotiate AAAA"):
        answer = bench.http.get(ITEMS, headers={"Authorization": header})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, offered)


def test_a_server_for_negotiate_takes_no_bare_ntlm(bench: Bench) -> None:
    bench.settings(auth="windows", users=USERS)
    assert bench.http.get(ITEMS, auth=Windows("NTLM")).status_code == 401


def test_a_connection_stays_its_users_and_another_is_asked_anew(bench: Bench) -> None:
    bench.settings(auth="ntlm", users=USERS)
    bench.http.get(ITEMS, auth=Windows("NTLM")).raise_for_status()
    assert bench.http.get(ITEMS).status_code == 200
    with client(bench.serving.url) as other:
        assert other.get(ITEMS).status_code == 401


def test_a_write_within_a_handshake_is_one_effect_and_one_fault(bench: Bench) -> None:
    bench.settings(auth="ntlm", users=USERS)
    bench.fault(status=503)
    answers = [
        bench.http.post(ITEMS, content=b'{"number": "HD-1"}', auth=Windows("NTLM")).status_code
        for _ in range(2)
    ]
    assert answers == [503, 201]
    assert len(bench.ledger()) == 1


def test_the_users_file_is_gone_after_each_step(bench: Bench) -> None:
    bench.settings(auth="ntlm", users=USERS)
    bench.http.get(ITEMS, auth=Windows("NTLM")).raise_for_status()
    assert "NTLM_USER_FILE" not in os.environ
