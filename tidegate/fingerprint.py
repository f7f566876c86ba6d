"""Identity by SHA-256: of names that are looked up, and of contents that are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from tidegate.canon import Json, dumps

RULE_VERSION = 1
"""Of `content_hash`; stored with each hash, and raised whenever one content would hash anew."""

_Tree: TypeAlias = dict[str, "_Tree"]

_ABSENT = b"\xff" * 8
_SHORT = tuple(length.to_bytes(8) for length in range(256))


def digest(*parts: str | bytes | None) -> bytes:
    """32 bytes that no other list of parts has. Text counts as its UTF-8; None is no empty part."""
    return hashlib.sha256(beginning(*parts)).digest()


def digest_after(begun: bytes, last: str) -> bytes:
    """`digest` of many parts that differ in the last alone; `begun` is made by `beginning`."""
    return hashlib.sha256(begun + beginning(last)).digest()


def beginning(*parts: str | bytes | None) -> bytes:
    """The first parts of a `digest_after`: each behind its length."""
    made: list[bytes] = []
    for part in parts:
        if part is None:
            made.append(_ABSENT)
            continue
        # Half a surrogate pair is a name like any other here: whoever sends one must be found.
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        length = len(raw)
        made.append(_SHORT[length] if length < 256 else length.to_bytes(8))
        made.append(raw)
    return b"".join(made)


def content_hash(
    operation: str,
    stamp: str | None,
    content: Json,
    *,
    volatile: Iterable[str] = (),
    ids: Iterable[str] = (),
) -> bytes:
    """What a source said, apart from what changes without anybody having said so.

    Args:
        operation: `create`, `update` or `delete`.
        stamp: the source's version stamp as it came; it counts, so A, B, A are three contents.
        content: left as it is.
        volatile: paths of fields that do not count.
        ids: paths of fields whose numbers count as text, since senders write an id either way.

    A path names fields from the content inwards, parted by `/` (within a name `~1`, and `~0` for
    `~`); `*` stands for every item of a list or every name of an object.
    Raises `CanonError` where the content is not canonical JSON.
    """
    kept = _without(content, _tree(tuple(volatile)))
    for tree in _trees(tuple(ids)):
        kept = _ids_as_text(kept, tree)
    return digest(operation, stamp, dumps(kept))


@lru_cache(maxsize=256)
def _tree(paths: tuple[str, ...]) -> _Tree:
    """The paths as nested names; one that ends inside another's path covers it."""
    tree: _Tree = {}
    for path in sorted(paths, key=lambda path: path.count("/"), reverse=True):
        node = tree
        *outer, last = (t.replace("~1", "/").replace("~0", "~") for t in path.split("/"))
        for token in outer:
            node = node.setdefault(token, {})
        node[last] = {}
    return tree


@lru_cache(maxsize=256)
def _trees(paths: tuple[str, ...]) -> tuple[_Tree, ...]:
    """One tree of all paths, or one of each where one path ends inside another."""
    whole = _tree(paths)
    if _leaves(whole) == len(set(paths)):
        return (whole,)
    return tuple(_tree((path,)) for path in paths)


def _leaves(tree: _Tree) -> int:
    return sum(_leaves(inner) if inner else 1 for inner in tree.values())


def _without(value: Json, tree: _Tree) -> Json:
    if not tree:
        return value
    if isinstance(value, list):
        inner = tree.get("*")
        if inner is None:
            return value
        return [_without(item, inner) for item in value] if inner else []
    if not isinstance(value, dict):
        return value
    kept = value
    for token, inner in tree.items():
        if token not in kept and token != "*":
            continue
        for name in list(kept) if token == "*" else (token,):
            if kept is value:
                kept = dict(value)
            if inner:
                kept[name] = _without(kept[name], inner)
            else:
                del kept[name]
    return kept


def _ids_as_text(value: Json, tree: _Tree) -> Json:
    if isinstance(value, list):
        inner = tree.get("*")
        return value if inner is None else [_id_as_text(item, inner) for item in value]
    if not tree or not isinstance(value, dict):
        return value
    changed = value
    for token, inner in tree.items():
        if token not in changed and token != "*":
            continue
        for name in list(changed) if token == "*" else (token,):
            old = changed[name]
            if not inner and type(old) is str:
                continue
            new = _id_as_text(old, inner)
            if new is old:
                continue
            if changed is value:
                changed = dict(value)
            changed[name] = new
    return changed


def _id_as_text(value: Json, inner: _Tree) -> Json:
    if inner:
        return _ids_as_text(value, inner)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return value
    return plain_number(value)


def plain_number(value: int | Decimal) -> str:
    """A number as a person would write an id: `1e3` is `1000`, and no size needs an exponent."""
    written = format(Decimal(value), "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
