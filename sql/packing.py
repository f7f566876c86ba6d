"""A document as SQL Server takes it: scalars and rows as JSON, bytes beside it in one blob.

Bytes under `k` become the offset `k` and the length `k_len` into the blob; a list of digests
becomes the list of their offsets. Functions of the transaction's now are left out: what they give
SQLite, the batch makes itself. Rows are given `row_no`, because a set has no order. What is None
is left out: to `OPENJSON … WITH` and `JSON_VALUE` a missing path is NULL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sql.database import Document
from tidegate.errors import Unstorable


def packed(
    doc: Document, now: str | None = None, spelling: Mapping[int, int] | None = None
) -> tuple[str, bytes]:
    """The JSON and the blob of `doc`.

    Args:
        doc: scalars, lists of rows, lists of digests, lists of text.
        now: stands in for the server's clock.
        spelling: translates every text, where the server wants that.

    Raises:
        Unstorable: a value that no column could hold, such as NaN or half a surrogate pair.
    """
    packer = _Packer(spelling)
    scalars = {} if now is None else {"now": now}
    lists: dict[str, Any] = {}
    for key, value in doc.items():
        if isinstance(value, list):
            lists[key] = packer.listed(value)
        elif not callable(value):
            scalars |= packer.fields(key, value)
    try:
        # JSON_VALUE stops where it finds its path: scalars first.
        text = json.dumps(scalars | lists, ensure_ascii=False, allow_nan=False)
        text.encode("utf-16-le")
    except ValueError as error:
        raise Unstorable(str(error)) from error
    return text, bytes(packer.blob)


class _Packer:
    def __init__(self, spelling: Mapping[int, int] | None) -> None:
        self.blob = bytearray()
        self._spelling = spelling

    def listed(self, values: list[Any]) -> list[Any]:
        if values and isinstance(values[0], dict):
            return [self._row(number, row) for number, row in enumerate(values)]
        return [self._plain(value) for value in values]

    def fields(self, key: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if isinstance(value, bytes):
            return {key: self._placed(value), f"{key}_len": len(value)}
        return {key: self._plain(value)}

    def _row(self, number: int, row: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"row_no": number}
        for key, value in row.items():
            made |= self.fields(key, value)
        return made

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.translate(self._spelling) if self._spelling else value
        if isinstance(value, bytes):
            return self._placed(value)
        return int(value) if isinstance(value, bool) else value

    def _placed(self, value: bytes) -> int:
        offset = len(self.blob)
        self.blob += value
        return offset
