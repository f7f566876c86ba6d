"""Tidegate: the names that an extension imports."""

from __future__ import annotations

import os

from tidegate.adapter import Adapter, Capability, Command, Repeat
from tidegate.canon import Json
from tidegate.errors import ErpError, FarError, SendRefused, TidegateError
from tidegate.outcome import (
    Applied,
    CannotTell,
    Finding,
    NotApplied,
    NotSent,
    Outcome,
    Rejected,
    Retry,
    Throttled,
    Unknown,
)

__all__ = [
    "Adapter",
    "Applied",
    "CannotTell",
    "Capability",
    "Command",
    "ErpError",
    "FarError",
    "Finding",
    "Json",
    "NotApplied",
    "NotSent",
    "Outcome",
    "Rejected",
    "Repeat",
    "Retry",
    "SendRefused",
    "Throttled",
    "TidegateError",
    "Unknown",
    "__version__",
]

__version__ = "0.1.0"

# Logfire names itself as a plugin to pydantic, which would import all of it (0.6 s, 40 MB) with the
# first model that anybody defines. It is asked for in `telemetry.configure` alone.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "logfire-plugin")
