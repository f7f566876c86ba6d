"""House rules that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["tidegate", "sql", "erp", "ingest", "processor", "outbox", "ops", "lab", "cli"]
SOURCES = sorted(
    path for folder in [*PACKAGES, "tests", "tools"] for path in (ROOT / folder).rglob("*.py")
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_file_is_longer_than_500_lines_and_no_function_than_60(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sizes = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions(ast.parse(text))}
    assert text.count("\n") <= 500
    assert {name: size for name, size in sizes.items() if size > 60} == {}


def test_every_package_is_one() -> None:
    for folder in PACKAGES:
        assert (ROOT / folder / "__init__.py").is_file(), folder
