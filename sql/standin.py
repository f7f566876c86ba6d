"""What is spelt differently for the TDS test server, Babelfish.

Its OPENJSON and JSON_VALUE hand a string over as JSON spells it, backslashes and all. So for that
server alone every character that JSON would escape travels, and is kept, as one of the private use
area, and comes back as itself. Lengths stay as they are.
"""

from __future__ import annotations

ASK = "SELECT CAST(SERVERPROPERTY('BabelfishVersion') AS nvarchar(20))"
"""NULL on SQL Server."""

UNNAMED = 33557097
"""Its number for every error that it has no number of SQL Server's for."""

_ESCAPED = [*range(0x20), ord('"'), ord("\\")]

THERE = {each: 0xF000 + each for each in _ESCAPED}
BACK = {0xF000 + each: each for each in _ESCAPED}
"""For `str.translate`, on the way there and back."""
