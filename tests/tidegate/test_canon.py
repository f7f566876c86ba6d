"""Canonical JSON: what is read, what is written, and what is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegate.canon import MAX_DEPTH, MAX_DIGITS, MAX_EXPONENT, Json, at, dumps, parse, reread, text
from tidegate.canon_scan import fault
from tidegate.errors import CanonError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
DECIMALS = st.builds(
    lambda digits, power: Decimal(digits).scaleb(power),
    st.integers(-(10**20), 10**20),
    st.integers(-30, 30),
)
INDENTS = st.sampled_from([None, 0, 3, "\t"])
JSON_LIKE = st.text('[]{}":,\\ud8n01e.-\x00 a', max_size=40)


def nested_in(leaves: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=20,
    )


SCALARS = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | DECIMALS | TEXTS
VALUES = nested_in(SCALARS)


def refusal(body: bytes) -> CanonError:
    with pytest.raises(CanonError) as caught:
        parse(body)
    return caught.value


def reordered(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_written_reads_back_equal(value: Json) -> None:
    assert parse(dumps(value)) == value


@given(VALUES)
def test_writing_what_was_read_changes_nothing(value: Json) -> None:
    once = dumps(value)
    assert dumps(parse(once)) == once


@given(VALUES)
def test_the_order_of_names_does_not_matter(value: Json) -> None:
    assert dumps(reordered(value)) == dumps(value)


@given(nested_in(st.none() | st.booleans() | st.integers(-(10**40), 10**40) | TEXTS), INDENTS)
def test_white_space_does_not_matter(value: Json, indent: int | str | None) -> None:
    spaced = "\r " + json.dumps(value, indent=indent) + "\n"
    assert dumps(parse(spaced.encode())) == dumps(value)


@given(st.integers(10**18, 10**19 - 1), st.integers(10**18, 10**19 - 1))
@example(9007199254740993000, 9007199254740992999)
def test_two_ids_of_nineteen_digits_never_become_one(one: int, other: int) -> None:
    assert (dumps(one) == dumps(other)) == (one == other)


@given(DECIMALS, DECIMALS)
def test_numbers_have_the_same_text_exactly_if_they_are_equal(one: Decimal, other: Decimal) -> None:
    assert (dumps(one) == dumps(other)) == (one == other)


@given(st.binary(max_size=60) | JSON_LIKE.map(str.encode))
@example(b'"\\ud83d\\ude00"')
@example(b'["\\\\ud800"]')
def test_reading_is_total(body: bytes) -> None:
    value: Json = None
    with suppress(CanonError):
        value = parse(body)
    assert parse(dumps(value)) == value


@given(JSON_LIKE.map(str.encode) | VALUES.map(dumps))
@example(b'\xef\xbb\xbf {"a": -0, "b": [1.50, 1e3, "\\ud83d\\ude00"]} ')
def test_what_was_admitted_once_is_read_the_same_again(body: bytes) -> None:
    with suppress(CanonError):
        value = parse(body)
        assert repr(reread(body)) == repr(value)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"{'a': 1}", b"[" * 100_000])
def test_what_is_no_json_is_refused_when_it_is_read_again(body: bytes) -> None:
    with pytest.raises(CanonError):
        reread(body)


@given(JSON_LIKE | VALUES.map(text).map(lambda written: written.replace("1", "\\ud83d")))
@example('["\\\\ud800", "\\\\\\ud800"]')
@example('["\\ud83d\\ud83d\\ude00"]')
def test_the_scanner_and_the_search_for_the_place_agree(document: str) -> None:
    found = fault(document)
    if found is None:
        parse(document.encode())
    else:
        error = refusal(document.encode())
        assert (str(error), error.pointer) == (str(found), found.pointer)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: 1e-60 < abs(x) < 1e60))
def test_a_double_is_written_as_ecmascript_writes_it(number: float) -> None:
    shortest = repr(number)
    written = text(parse(shortest.encode()))
    assert float(written) == number
    if 1e-4 <= abs(number) < 1e16:
        assert written == shortest.removesuffix(".0")


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("1.0", "1"),
        ("1e0", "1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e5", "0"),
        ("120.50", "120.5"),
        ("1e2", "100"),
        ("100", "100"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("-15e-8", "-1.5e-7"),
        ("999999999999999999999", "999999999999999999999"),
        ("1000000000000000000000", "1e+21"),
        ("1e21", "1e+21"),
        ("-123456789012345678901234.50", "-1.234567890123456789012345e+23"),
        ("123456789012345678901.250", "123456789012345678901.25"),
        ("1e64", "1e+64"),
        ("1e-64", "1e-64"),
    ],
)
def test_a_number_is_written_by_its_value(read: str, written: str) -> None:
    assert text(parse(read.encode())) == written


def test_integers_stay_int_and_the_rest_are_exact_decimals() -> None:
    read = [parse(number) for number in (b"7", b"7.10", b"7e0")]
    assert [str(number) for number in read] == ["7", "7.10", "7"]
    assert [type(number) for number in read] == [int, Decimal, Decimal]


def test_names_are_sorted_by_utf_16_units() -> None:
    # The vector of RFC 8785, section 3.2.3.
    names = "\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"
    ordered = "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"
    written = json.loads(dumps(dict.fromkeys(names)))
    assert tuple(written) == ordered


def test_strings_are_escaped_as_rfc_8785_does() -> None:
    source = b'{"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/\\u007f"}'
    assert dumps(parse(source)) == '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"}'.encode()


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (b"", "", "not JSON"),
        (b"\xff", "", "not UTF-8"),
        (b'{"a": [1, tru]}', "/a/1", "not JSON"),
        (b'{"a": 1} x', "", "Extra data"),
        (b'{"a": 1,}', "", "property name"),
        (b'{"a" 1}', "/a", "':'"),
        (b'{"a": 1 "b": 2}', "/a", "','"),
        (b'["a', "/0", "not JSON"),
        (b"[1, NaN]", "/1", "NaN"),
        (b'{"a": -Infinity}', "/a", "Infinity"),
        (b'{"a": {"b": 1, "c": 2, "b": 1}}', "/a/b", "twice"),
        (b'{"a/b~c": "\\u0000"}', "/a~1b~0c", "NUL"),
        (b'{"a": {"\\u0000": 1}}', "/a", "NUL"),
        (b'["x", "\\ud800"]', "/1", "surrogate"),
        (b'["\\ud83d\\ude00", "\\ude00\\ud83d"]', "/1", "surrogate"),
        (b'[{"\\uDFFF": 1}]', "/0", "surrogate"),
        (b'{"n": ' + b"9" * (MAX_DIGITS + 1) + b"}", "/n", "64 digits"),
        (b'{"n": 0.' + b"1" * (MAX_DIGITS + 1) + b"}", "/n", "64 digits"),
        (b'{"n": 1e65}', "/n", "exponent"),
        (b'{"n": 1e-65}', "/n", "exponent"),
        (b'{"n": 1e999999999999999999999}', "/n", "exponent"),
        (b"\n[1,\n 2,,3]", "/2", "line 3, column 4"),
    ],
)
def test_a_refusal_names_the_place(body: bytes, pointer: str, message: str) -> None:
    error = refusal(body)
    assert (error.pointer, message in str(error)) == (pointer, True), error


@pytest.mark.parametrize(
    "number", [b"9" * MAX_DIGITS, b"-" + b"9" * MAX_DIGITS, b"0." + b"1" * MAX_DIGITS, b"-1E+64"]
)
def test_the_largest_numbers_that_the_limits_admit_read_and_write(number: bytes) -> None:
    assert dumps(parse(dumps(parse(number)))) == dumps(parse(number))


@pytest.mark.parametrize(("head", "tail"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_depth_is_limited_exactly(head: bytes, tail: bytes) -> None:
    levels = MAX_DEPTH // (head.count(b"[") + head.count(b"{"))
    fits = head * levels + b"1" + tail * levels
    assert dumps(parse(fits)) == fits
    assert "deeper" in str(refusal(b"[" + fits + b"]"))


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b"[" * 9_999 + b"]" * 9_999])
def test_a_bottomless_document_is_refused_like_any_other(body: bytes) -> None:
    assert "deeper" in str(refusal(body))


def test_many_brackets_side_by_side_are_not_depth() -> None:
    body = b"[" + b",".join([b'{"a":[]}'] * 500) + b"]"
    assert dumps(parse(body)) == body


def nested(levels: int) -> Json:
    value: Json = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        "\x00",
        "\ud800",
        {"\udfff": 1},
        Decimal("NaN"),
        Decimal("-Infinity"),
        10 ** (MAX_EXPONENT + 1),
        10**100_000,
        Decimal(f"1e-{MAX_EXPONENT + 1}"),
        nested(MAX_DEPTH + 1),
        nested(5000),
        1.5,
        (1, 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_could_not_be_read_back_is_not_written(value: Json) -> None:
    with pytest.raises(CanonError):
        dumps(value)


DOCUMENT = parse(b'{"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "~1": 9}')


@pytest.mark.parametrize(
    ("pointer", "found"),
    [("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/~01", 9), ("", DOCUMENT)],
)
def test_a_pointer_finds_its_value(pointer: str, found: Json) -> None:
    assert at(DOCUMENT, pointer) == found


@pytest.mark.parametrize(
    "pointer", ["foo", "/bar", "/foo/2", "/foo/-", "/foo/-1", "/foo/01", "/foo/²", "/m~n", "//a"]
)
def test_a_pointer_to_nothing_is_a_key_error(pointer: str) -> None:
    with pytest.raises(KeyError):
        at(DOCUMENT, pointer)
