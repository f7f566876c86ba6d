"""The package as extensions see it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import tidegate

HEAVY = ("pydantic", "httpx", "logfire", "structlog", "sqlalchemy", "asyncio")


def test_every_exported_name_is_there() -> None:
    assert sorted(set(tidegate.__all__)) == sorted(tidegate.__all__)
    assert all(hasattr(tidegate, name) for name in tidegate.__all__)


def test_the_import_pulls_in_nothing_heavy() -> None:
    code = f"import sys, tidegate; sys.exit([m for m in {HEAVY!r} if m in sys.modules] or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pydantic_does_not_bring_logfire_along() -> None:
    code = "import sys, tidegate.config; sys.exit('logfire' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_version_is_that_of_the_distribution() -> None:
    try:
        installed = version("tidegate")
    except PackageNotFoundError:
        pytest.skip("not installed")
    assert tidegate.__version__ == installed
