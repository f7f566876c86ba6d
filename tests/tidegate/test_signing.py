"""Standard Webhooks: signing, and verifying whatever arrives."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegate.errors import ConfigError
from tidegate.signing import check_secret, new_secret, sign, verify

# The vector of the specification's reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SENT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = new_secret(os.urandom)
HOSTILE = st.binary(max_size=80) | st.text("v1a,. =+/\u00e9\x00", max_size=40).map(str.encode)


def verified(
    *secrets: str,
    message_id: bytes = ID.encode(),
    timestamp: bytes = str(SENT).encode(),
    signature: bytes = SIGNATURE,
    body: bytes = BODY,
    now: float = SENT,
) -> bool:
    return verify(
        secrets or (SECRET,), message_id, timestamp, signature, body, now=now, tolerance=300
    )


def test_the_published_vector_is_signed_so() -> None:
    assert sign([SECRET], ID, SENT, BODY).encode() == SIGNATURE


def test_the_published_vector_verifies() -> None:
    assert verified()


@given(st.binary(max_size=50), st.integers(0, 10**10), st.lists(st.binary(min_size=32), max_size=2))
def test_what_is_signed_verifies(body: bytes, sent: int, keys: list[bytes]) -> None:
    secrets = [new_secret(lambda _: keys.pop()[:32]) for _ in keys.copy()] + [SECRET]
    signature = sign(secrets, ID, sent, body).encode()
    for secret in secrets:
        assert verify([secret], ID.encode(), b"%d" % sent, signature, body, now=sent)


def test_either_of_two_live_secrets_verifies_during_a_rotation() -> None:
    signature = sign([OTHER, SECRET], ID, SENT, BODY).encode()
    assert signature.count(b" ") == 1
    assert verified(SECRET, signature=signature)
    assert verified(OTHER, signature=signature)
    assert verified(new_secret(os.urandom), OTHER) is False


@given(HOSTILE, HOSTILE, HOSTILE, st.binary(max_size=20))
@example(ID.encode(), str(SENT).encode(), b"abc", BODY)
@example(ID.encode(), str(SENT).encode(), b"v1,a,b", BODY)
@example(ID.encode(), str(SENT).encode(), b"v1,A", BODY)
@example(ID.encode(), str(SENT).encode(), b"v1,a  v1,b", BODY)
@example(ID.encode(), str(SENT).encode(), b"v1,\xc3\xa9", BODY)
@example(ID.encode(), str(SENT).encode(), SIGNATURE, b"\xff")
def test_hostile_headers_are_refused_without_an_error(
    message_id: bytes, timestamp: bytes, signature: bytes, body: bytes
) -> None:
    assert not verified(message_id=message_id, timestamp=timestamp, signature=signature, body=body)


@pytest.mark.parametrize(
    "timestamp",
    [b"", b"-1", b"+1614265330", b" 1614265330", b"1614265330.0", b"1_614_265_330", b"9" * 5000,
     "\u0661\u0666\u0661\u0664".encode(), b"nan"],
)  # fmt: skip
def test_a_timestamp_is_plain_digits(timestamp: bytes) -> None:
    assert not verified(timestamp=timestamp)


@pytest.mark.parametrize(("off", "good"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_the_window_has_two_sides(off: int, good: bool) -> None:
    assert verified(now=SENT + off) is good


def test_another_cut_between_id_timestamp_and_body_is_refused() -> None:
    body = b"%d.tail" % SENT
    signature = sign([SECRET], "a", SENT, body).encode()
    assert verified(message_id=b"a", body=body, signature=signature)
    assert not verified(message_id=b"a.%d" % SENT, body=b"tail", signature=signature)


@pytest.mark.parametrize(
    "signature", [SIGNATURE[3:], b"v2," + SIGNATURE[3:], b"v1a," + SIGNATURE[3:]]
)
def test_a_signature_counts_for_its_version_only(signature: bytes) -> None:
    assert not verified(signature=signature)


def test_a_good_signature_is_found_among_others() -> None:
    assert verified(signature=b"v1a,xyz v1,AAAA " + SIGNATURE)


def test_no_more_than_32_signatures_are_tried() -> None:
    assert verified(signature=b"v1,x " * 31 + SIGNATURE)
    assert not verified(signature=b"v1,x " * 32 + SIGNATURE)


def test_an_unusable_secret_verifies_nothing() -> None:
    empty = base64.b64encode(b"").decode()
    assert not verified("", "whsec_", "short", "whsec_é", empty)


@pytest.mark.parametrize("size", [24, 32, 64])
def test_secrets_of_24_to_64_bytes_are_usable(size: int) -> None:
    check_secret("whsec_" + base64.b64encode(bytes(size)).decode())
    check_secret(base64.b64encode(bytes(size)).decode())


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "not base64!", "whsec_é", *(
        base64.b64encode(bytes(size)).decode() for size in (1, 23, 65)
    )],
)  # fmt: skip
def test_other_secrets_are_refused_without_repeating_them(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_secret(secret)
    assert caught.value.next_step
    assert not secret or secret not in str(caught.value)


def test_a_new_secret_is_usable() -> None:
    check_secret(new_secret(os.urandom))


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ConfigError):
        sign([], ID, SENT, BODY)


@pytest.mark.parametrize("message_id", ["", "a.b"])
def test_an_id_that_could_be_cut_elsewhere_is_not_signed(message_id: str) -> None:
    with pytest.raises(ValueError, match="no dot"):
        sign([SECRET], message_id, SENT, BODY)
