"""A configuration from its text."""

from __future__ import annotations

from pathlib import Path

from tidegate.config import Config, load_config


def load(file: Path, text: str) -> Config:
    """What the text says, over what is shipped. Raises `ConfigError`."""
    file.write_text(text, "utf-8")
    return load_config(file)
