"""The pages hold together: each is linked, each link leads somewhere, each list is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from cli import exits
from cli.main import app
from sql.states import STATES
from tidegate.config_tables import Tables

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """A page without its code."""
    text = re.sub(r"(?ms)^\s*```.*?^\s*```", "", path.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text) if path.name != "README.md" else text


def anchors(path: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_every_page_is_linked_from_the_index() -> None:
    linked = {(DOCS / target).resolve() for target in LINK.findall(prose(DOCS / "README.md"))}
    pages = {path for path in DOCS.rglob("*.md") if path != DOCS / "README.md"}
    assert {name_of(path) for path in pages - linked} == set()


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_an_event_is_told(state: str) -> None:
    assert f"| `{state}` |" in (DOCS / "states.md").read_text(encoding="utf-8")


def test_every_exit_code_has_its_meaning() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and name != "MEANINGS"}
    assert set(exits.MEANINGS) == codes


@pytest.mark.parametrize("table", Tables.model_fields)
def test_every_table_of_the_configuration_is_on_its_page(table: str) -> None:
    page = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## `\[+{table}\b", page)


def test_every_command_that_a_page_names_is_there() -> None:
    root = typer.main.get_command(app)
    verbs = {
        name: set(getattr(command, "commands", {}))
        for name, command in root.commands.items()  # type: ignore[attr-defined]
    }
    for page in PAGES:
        for verb, sub in re.findall(
            r"\btidegate ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?", page.read_text(encoding="utf-8")
        ):
            if verb in verbs and verbs[verb] and sub:
                assert sub in verbs[verb], f"{name_of(page)}: tidegate {verb} {sub}"
