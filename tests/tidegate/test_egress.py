"""The one HTTP client: proxies, redirects, patience, trust."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tidegate import egress


class Echo(BaseHTTPRequestHandler):
    """Answers with the path as it stood in the request line."""

    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Authorization", self.headers.get("Authorization", ""))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests read answers, not logs."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_is_never_reached_through_a_proxy(
    server: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with egress.client(timeout=5, base_url=server.replace("127.0.0.1", host)) as client:
        assert client.get("/here").text == "/here"


def test_everything_else_goes_through_the_proxy_that_the_environment_names(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with egress.client(timeout=5) as client:
        assert client.get("http://erp.invalid/x").text == "http://erp.invalid/x"


def test_a_redirect_is_not_followed_unless_asked(server: str) -> None:
    with egress.client(timeout=5, base_url=server) as client:
        assert client.get("/away").status_code == 302
    with egress.client(timeout=5, base_url=server, follow_redirects=True) as client:
        assert client.get("/away").text == "/elsewhere"


def test_headers_and_credentials_are_sent(server: str) -> None:
    with egress.client(timeout=5, headers={"Authorization": "Bearer t"}) as client:
        assert client.get(server).headers["X-Authorization"] == "Bearer t"
    with egress.client(timeout=5, auth=("u", "p")) as client:
        assert client.get(server).headers["X-Authorization"] == "Basic dTpw"


def test_a_silent_server_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with egress.client(timeout=0.05) as client, pytest.raises(httpx.ReadTimeout):
            client.get(address)


def test_clients_share_one_set_of_trusted_authorities() -> None:
    trust = egress._trust()
    assert trust is egress._trust()
    assert trust.check_hostname


def test_where_the_system_trusts_nobody_a_shipped_list_serves(tmp_path: Path) -> None:
    code = "from tidegate import egress; print(egress._trust().cert_store_stats()['x509_ca'])"
    env = os.environ | {"SSL_CERT_FILE": str(tmp_path / "none"), "SSL_CERT_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 50


def test_httpx_is_imported_only_for_a_client() -> None:
    code = "import sys, tidegate.egress; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
