"""What people are shown holds no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.canon import Json
from tidegate.redact import redact, redact_text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "name",
    [
        "password", "db_password", "ErpPassword", "client_secret", "SUBSCRIBER_SECRET", "token",
        "accessToken", "refresh_token", "Authorization", "Proxy-Authorization", "x-api-key",
        "apiKey", "API_KEY", "apikey", "X-Webhook-Key", "admin_key", "Set-Cookie", "Cookie",
        "card", "creditCard", "card_number", "ssn", "SSN", "customer-ssn", "iban", "cvv", "pwd",
        "dsn",
    ],
)  # fmt: skip
def test_a_secret_name_is_masked(name: str) -> None:
    assert redact({name: "hunter2"}) == {name: "***"}


@pytest.mark.parametrize(
    "name",
    [
        "key", "order_key", "idempotency-key", "discarded", "cardinality", "postcard", "name",
        "author", "passed", "pinned", "webhook-id", "compassion", "tokens_used", "key_id",
    ],
)  # fmt: skip
def test_a_plain_name_is_not_masked(name: str) -> None:
    assert redact({name: "shown"}) == {name: "shown"}


def test_secrets_are_masked_at_any_depth_and_whatever_they_are() -> None:
    value: Json = {"a": [{"tokens": ["x"], "n": 1}], "secret": {"k": "v"}, "pin": 1, "cvv": None}
    masked: Json = {"a": [{"tokens": "***", "n": 1}], "secret": "***", "pin": "***", "cvv": None}
    assert redact(value) == masked


def test_configured_fields_are_masked_in_any_case() -> None:
    assert redact({"Vat_No": "DE1", "name": "x"}, ["vat_no"]) == {"Vat_No": "***", "name": "x"}


def test_headers_keep_what_is_no_secret() -> None:
    headers = {"Authorization": "Basic eDp5", "webhook-id": "msg_1", "X-Api-Key": "k"}
    assert redact(headers, ["webhook-ID"]) == {
        "Authorization": "***",
        "webhook-id": "***",
        "X-Api-Key": "***",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("secret whsec_MfKQ9r8G+/= here", "secret whsec_*** here"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("mssql+pyodbc://sa:p@ss:w0rd@host/db", "mssql+pyodbc://sa:***@host/db"),
        ("mssql+pyodbc://sa:p/w@host/db", "mssql+pyodbc://sa:***@host/db"),
        ("UID=sa;PWD=hunter 2;APP=x", "UID=sa;PWD=***;APP=x"),
        ("UID=sa;Pwd = {hunt;er 2};APP=x", "UID=sa;Pwd = ***;APP=x"),
        ("http://host:7003/a?b=c@d", "http://host:7003/a?b=c@d"),
        ("a bearer of news", "a bearer of news"),
        ("plain words", "plain words"),
    ],
)
def test_secrets_within_a_text_are_masked(text: str, shown: str) -> None:
    assert redact_text(text) == shown
    assert redact({"message": [text]}) == {"message": [shown]}


@given(ANYTHING)
def test_redaction_is_total_and_leaves_its_argument_alone(value: object) -> None:
    before = repr(value)
    redact(value)
    assert repr(value) == before


def test_redaction_stops_at_a_depth_that_no_body_has() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert "***" in repr(redact(value))
