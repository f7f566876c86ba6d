"""Functions as a user would write them for a mapping's `call`."""

from __future__ import annotations

from typing import Any

NO_FUNCTION = 1


def shout(value: Any, record: Any) -> Any:
    if value == "quiet":
        raise ValueError("too quiet")
    if value == "fail":
        raise KeyError(value)
    return f"{value} {record['sku']}".upper()
