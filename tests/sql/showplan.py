"""Reads an estimated plan of SQL Server: which tables are read to their end, what is converted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from xml.etree import ElementTree as Xml

_IN = "{http://schemas.microsoft.com/sqlserver/2004/07/showplan}"
SCANS = {"Table Scan", "Clustered Index Scan", "Index Scan", "Columnstore Index Scan"}
# A column of ours that is made into another type before it is compared: no index serves that.
_CONVERTED = re.compile(r"CONVERT_IMPLICIT\([^\[]*\[[^\]]+\]\.\[tidegate\]\.\[(\w+)\]\.\[(\w+)\]")


def scanned(plan: str, grows: Collection[str], of_one_state: Collection[str]) -> list[str]:
    """Tables of `grows` that the plan reads without a bound.

    Args:
        plan: the XML that SHOWPLAN_XML gives.
        of_one_state: filtered indexes that may be read in their own order.
    """
    found = _scans(Xml.fromstring(plan), bounded=False)
    return sorted(table for table, index in found if table in grows and index not in of_one_state)


def converted(plan: str) -> list[str]:
    """Columns of ours that an implicit conversion stands around, as `table.column`."""
    strings = (
        each.get("ScalarString", "") for each in Xml.fromstring(plan).iter(_IN + "ScalarOperator")
    )
    return sorted(
        {f"{table}.{column}" for text in strings for table, column in _CONVERTED.findall(text)}
    )


def _scans(node: Xml.Element, *, bounded: bool) -> Iterator[tuple[str, str]]:
    """Each scan below `node`: table and index. Below a Top with no Filter between it is bounded."""
    operator = node.get("PhysicalOp") if node.tag == _IN + "RelOp" else None
    if operator in SCANS and not (bounded and _unfiltered(node)):
        for read in node.iterfind(f"*/{_IN}Object"):
            yield (read.get("Table", "").strip("[]"), read.get("Index", "").strip("[]"))
    below = operator == "Top" or (bounded and operator not in {"Filter", "Sort", "Hash Match"})
    for child in node:
        yield from _scans(child, bounded=below if operator else bounded)


def _unfiltered(scan: Xml.Element) -> bool:
    return scan.find(f"*/{_IN}Predicate") is None
