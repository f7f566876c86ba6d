"""What cannot work is said at start, and no secret is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.ingest.verify.schemes import EXAMPLES, built, verifier
from tidegate.errors import ConfigError

BC = {"scheme": "business_central"}
SCHEMES = [*(case.options for case in EXAMPLES.values()), BC]
CHALLENGES = {
    "standard": "webhook-signature",
    "stripe": "Stripe-Signature",
    "github": "X-Hub-Signature-256",
    "shopify": "X-Shopify-Hmac-SHA256",
    "zoho": "X-Zoho-Webhook-Signature",
    "hmac": "X-Sig",
    "static_key": "X-Webhook-Key",
}


@pytest.mark.parametrize("options", SCHEMES, ids=lambda options: options["scheme"])
@pytest.mark.parametrize("secrets", [{}, {"S1": ""}])
def test_a_source_without_secrets_is_not_built(
    options: Mapping[str, Any], secrets: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=r"sources\.example") as caught:
        built(options, **secrets)
    assert caught.value.next_step


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_secret_that_is_unset_is_passed_over(name: str) -> None:
    case = EXAMPLES[name]
    assert built(case.options, S1="", S2=case.secret).challenge == CHALLENGES[name]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("standard", "no base64!"),
        ("standard", "whsec_c2hvcnQ="),
        ("stripe", "whsec_1"),
        ("github", "seven77"),
        ("github", " space-around-it "),
        ("github", "not-utf-8-\udcff"),
        ("shopify", "seven77"),
        ("zoho", "elevenchars"),
        ("hmac", "seven77"),
        ("static_key", "two words"),
        ("static_key", "n\u00f3n-ascii"),
        ("static_key", "line\nbreak"),
        ("static_key", "k" * 2049),
    ],
)
def test_an_unusable_secret_is_refused_and_not_repeated(name: str, secret: str) -> None:
    case = EXAMPLES[name]
    with pytest.raises(ConfigError, match=r"sources\.example: S2") as caught:
        built(case.options, S1=case.secret, S2=secret)
    assert caught.value.next_step
    assert secret not in str(caught.value) + caught.value.next_step


@pytest.mark.parametrize("secret", ["s" * 2049, " around "])
def test_a_client_state_that_business_central_would_not_send_is_refused(secret: str) -> None:
    with pytest.raises(ConfigError, match="S1"):
        built(BC, S1=secret)


@pytest.mark.parametrize("keys", [{}, {"K": ""}, {"K": "two words"}])
def test_keys_beside_a_signature_are_set_and_usable(keys: dict[str, str]) -> None:
    case = EXAMPLES["github"]
    with pytest.raises(ConfigError, match=r"its keys|example: K"):
        built({**case.options, "keys": ["K"]}, S1=case.secret, **keys)


@pytest.mark.parametrize("scheme", ["static_key", "business_central"])
def test_keys_stand_beside_a_signature_only(scheme: str) -> None:
    with pytest.raises(ConfigError, match="beside"):
        built({"scheme": scheme, "keys": ["K"]}, S1="a-secret-0123456789", K="k")


@pytest.mark.parametrize("option", ["header", "timestamp_header"])
def test_a_header_that_cannot_be_one_is_refused(option: str) -> None:
    case = EXAMPLES["hmac"]
    with pytest.raises(ConfigError, match=option):
        built({**case.options, option: "X Sig\n"}, S1=case.secret)


def test_a_key_header_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="key_header"):
        built({"key_header": "x:y"}, S1="a-secret-0123456789")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_401_names_the_schemes_header(name: str) -> None:
    assert verifier(EXAMPLES[name]).challenge == CHALLENGES[name]
