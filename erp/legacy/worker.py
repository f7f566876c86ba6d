"""Runs the user's functions in the user's interpreter: a JSON line in, a JSON line out.

It stands alone: Python 3.8 and its standard library, nothing of Tidegate's. A function gets one
dict (`name key values effect_key repeated`, and `why`: apply or probe) and may print, which goes to
the log. Applying, it returns None or a dict:

    {"old": {...}, "new": {...}, "answer": {...}, "found": True}    all of them optional: done
    {"rejected": "why", "code": "...", "status": 422}               no, for good
    {"retry": "why", "code": "...", "after": 5}                     nothing was done; again later

Probing: True, or a dict as above, where the effect is there; False where it is not; None, or
{"cannot_tell": "why"}, where it cannot be told. Whatever is raised leaves a write unknown.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import io
import json
import os
import sys
import traceback
from typing import IO, Any


def main(folder: str) -> None:
    """Answer until the line is closed.

    Args:
        folder: where modules are looked for first; empty: nowhere but the interpreter's own places.
    """
    requests, answers = _private_ends()
    # The folder of this file is none of the user's.
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder] * bool(folder) + [each for each in sys.path if each != own]
    _say(answers, _encoded({"ready": list(sys.version_info[:3])}))
    for line in requests:
        _say(answers, _answer(json.loads(line.decode("utf-8"), parse_float=decimal.Decimal)))


def _private_ends() -> tuple[IO[bytes], IO[bytes]]:
    """Our ends of the line, out of the reach of print and input; exec closes them."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whatever is printed, in whatever locale, is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    return requests, answers


def _answer(request: dict[str, Any]) -> str:
    try:
        if "load" in request:
            for name in request["load"]:
                _function(name)
            return _encoded({"loaded": len(request["load"])})
        return _encoded({"result": _function(request["call"])(request["command"])})
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        return _encoded({"raised": type(error).__name__, "message": str(error)[:2000]})


def _function(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _say(answers: IO[bytes], line: str) -> None:
    sys.stdout.flush()
    answers.write(line.encode("utf-8") + b"\n")
    answers.flush()


def _encoded(value: object) -> str:
    """JSON with every digit of a decimal; raises TypeError for what has no form there."""
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, dict):
        pairs = (json.dumps(str(key)) + ":" + _encoded(inner) for key, inner in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_encoded, value)) + "]"
    if isinstance(value, (datetime.date, datetime.time)):
        return json.dumps(value.isoformat())
    return json.dumps(value, allow_nan=False)


if __name__ == "__main__":
    main(sys.argv[1])
