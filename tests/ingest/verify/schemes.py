"""A real signed example of every scheme, and the ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingest.verify import Refused, Signed, Verified, Verifier, build_verifier
from tidegate.config_sources import Source

NOW = 1614265330
OTHERS = "another-secret-0123456789"
OTHERS_STANDARD = "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c="
STATIC = "static-key-0123456789"


@dataclass(frozen=True)
class Example:
    """A request that passes at `NOW` with `secret`."""

    options: Mapping[str, Any]
    secret: str
    header: str
    headers: Mapping[str, str]
    body: bytes
    query: bytes = b""
    other: str = OTHERS
    timestamp: str | None = None

    @property
    def signed(self) -> Signed:
        pairs = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return Signed(pairs, self.query, self.body)


def built(options: Mapping[str, Any], **secrets: str) -> Verifier:
    """A verifier whose live secrets are those given, in this order."""
    names = tuple(name for name in secrets if name.startswith("S"))
    source = Source.model_validate({"secrets": names, **options})
    return build_verifier("example", source, secrets.get)


def verifier(example: Example) -> Verifier:
    return built(example.options, S1=example.secret)


def set_header(signed: Signed, name: str, *values: bytes) -> Signed:
    """The request with this header as often as there are values."""
    kept = [pair for pair in signed.headers if pair[0] != name.encode()]
    return replace(signed, headers=[*kept, *((name.encode(), value) for value in values)])


def reason(outcome: Verified | Refused) -> str:
    return outcome.reason if isinstance(outcome, Refused) else "let in"


STANDARD = Example(
    {"scheme": "standard"},
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "webhook-signature",
    {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": str(NOW),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    b'{"test": 2432232314}',
    other=OTHERS_STANDARD,
    timestamp="webhook-timestamp",
)
# MACs below that no vendor publishes were made with OpenSSL's command line, not with our code.
STRIPE = Example(
    {"scheme": "stripe"},
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "stripe-signature",
    {
        "stripe-signature": f"t={NOW},v1="
        "c4c4b8c26bb0896bc1156d83fde8b0052e4932e8abe988e7c657735832001b47"
    },
    b'{"id":"evt_1"}',
)
GITHUB = Example(
    {"scheme": "github"},
    "It's a Secret to Everybody",
    "x-hub-signature-256",
    {
        "x-hub-signature-256": "sha256="
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    },
    b"Hello, World!",
)
SHOPIFY = Example(
    {"scheme": "shopify"},
    "shpss_0123456789",
    "x-shopify-hmac-sha256",
    {"x-shopify-hmac-sha256": "fIx2DeDAi3RwffzNWwPsAIkeJ1qkDUjwCNCeRI9DnpI="},
    b'{"id":1}',
)
ZOHO = Example(
    {"scheme": "zoho"},
    "zohosecret0123456789",
    "x-zoho-webhook-signature",
    {
        "content-type": "application/json",
        "x-zoho-webhook-signature": "2112c54f933da81f4beb8bfdbea6a9a0"
        "02676270a6193ef115a611bd89ef170a",
    },
    b'{"created_date":"2019-03-06","event_id":"5675"}',
    b"subscription_id=90343&name=basic",
)
HMAC = Example(
    {
        "scheme": "hmac",
        "header": "X-Sig",
        "prefix": "v0=",
        "digest": "sha512",
        "encoding": "base64",
        "timestamp_header": "X-Time",
        "separator": ":",
    },
    "generic-secret-0123456789",
    "x-sig",
    {
        "x-time": str(NOW),
        "x-sig": "v0="
        "V14DQyYmRLC4G/bchAOcVMUTiQXNoM3tlaWy1FuVVunq5z4f2ZJiu1R0mJ9i"
        "hQVvRoEBtY6FT7Z1V7b5DO0Nyw==",
    },
    b'{"a":1}',
    timestamp="x-time",
)
KEY = Example(
    {"scheme": "static_key"}, STATIC, "x-webhook-key", {"x-webhook-key": STATIC}, b'{"a":1}'
)
EXAMPLES = {
    "standard": STANDARD,
    "stripe": STRIPE,
    "github": GITHUB,
    "shopify": SHOPIFY,
    "zoho": ZOHO,
    "hmac": HMAC,
    "static_key": KEY,
}
SIGNING = {name: each for name, each in EXAMPLES.items() if name != "static_key"}
STAMPED = {name: EXAMPLES[name] for name in ("standard", "stripe", "hmac")}
