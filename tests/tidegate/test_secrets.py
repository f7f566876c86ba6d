"""Secrets by name: where they are looked for, and that none is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import ConfigError
from tidegate.secrets import Secrets


def test_the_environment_comes_before_dotenv_and_that_before_kept_keys() -> None:
    secrets = Secrets({"A": "env"}, {"A": "dot", "B": "dot"}, {"A": "kept", "B": "k", "C": "kept"})
    assert [secrets.get(name) for name in "ABCD"] == ["env", "dot", "kept", None]


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_what_is_empty_counts_as_unset(empty: str) -> None:
    assert Secrets({"A": empty}, {}, {"A": "kept"}).get("A") == "kept"
    assert Secrets({}, {}, {"A": empty}).get("A") is None


def test_a_secret_may_be_in_a_file_that_the_environment_names(tmp_path: Path) -> None:
    path = tmp_path / "github"
    path.write_text("It's a secret\n", "utf-8")
    named = {"A_FILE": str(path)}
    assert Secrets(named, {}, {"A": "kept"}).get("A") == "It's a secret"
    assert Secrets({}, named, {"A": "kept"}).get("A") == "It's a secret"


def test_a_value_and_a_file_at_once_is_an_error_that_repeats_neither() -> None:
    with pytest.raises(ConfigError, match="A and A_FILE are both set") as caught:
        Secrets({"A": "hunter2", "A_FILE": "hunter3"}, {}, {}).get("A")
    assert "hunter" not in f"{caught.value}{caught.value.next_step}"


def test_no_secret_is_in_the_repr() -> None:
    assert "hunter2" not in repr(Secrets({"A": "hunter2"}, {"B": "hunter2"}, {"C": "hunter2"}))
