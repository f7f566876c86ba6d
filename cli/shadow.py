"""A start check: our packages have plain names, so somebody else's must not stand in for them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tidegate.errors import ConfigError

PACKAGES = ("tidegate", "sql", "erp", "ingest", "processor", "outbox", "ops", "lab", "cli")


def check_packages() -> None:
    """Raise `ConfigError` where one of our packages comes from elsewhere."""
    home = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        spec = find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != home:
            raise ConfigError(
                f"the package {name!r} comes from {origin}, not from {home}",
                next_step="start Tidegate in an environment of its own: no PYTHONPATH, "
                "no folder of that name where it is started",
            )
