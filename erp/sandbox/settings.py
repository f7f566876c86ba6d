"""What an administrator of the server sets: limits, authentication, what is published.

Source of the defaults: the server instance settings in the facts about Business Central v18.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields

from tidegate.canon import Json

AUTHS = ("none", "basic", "windows", "ntlm")
LANGUAGES = ("de-DE", "en-US")
MINUTES_8 = 480_000


class BadSetting(ValueError):
    """The body holds no settings."""


@dataclass(slots=True)
class Settings:
    """The settings of one running server; they end with it.

    Args:
        concurrent: requests that are worked on at a time.
        queue: requests that wait for their turn; one more is answered 429.
        operation_timeout_ms: after it a request is answered 408, and its work goes on.
        page_size: records in one answer, the rest behind `@odata.nextLink`.
        auth: `none`, `basic` (name and web service access key), `windows` (Negotiate alone) or
            `ntlm` (both schemes of Windows).
        users: names and keys, for Windows `DOMAIN\\name` and passwords.
        api: whether the service of API pages is switched on.
        odata: whether the service of ODataV4 is switched on.
        codeunit: whether the codeunit `CommandInbox` is published as a web service.
        language: of messages, where the request asks for none that the server has.
    """

    concurrent: int = 5
    queue: int = 95
    operation_timeout_ms: int = MINUTES_8
    page_size: int = 20_000
    auth: str = "none"
    users: dict[str, str] = field(default_factory=dict)
    api: bool = True
    odata: bool = True
    codeunit: bool = True
    language: str = "de-DE"

    def change(self, body: Json) -> None:
        """Take what a request's body names, all or nothing; raises `BadSetting`."""
        if not isinstance(body, dict):
            raise BadSetting("settings are a JSON object")
        unknown = sorted(body.keys() - _READERS.keys())
        if unknown:
            raise BadSetting(f"unknown setting {unknown[0]!r}")
        read = {name: _READERS[name](name, value) for name, value in body.items()}
        for name, value in read.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Json]:
        """The settings as an answer holds them, keys of users left out."""
        return asdict(self) | {"users": list(self.users)}

    def reset(self) -> None:
        """Back to the defaults."""
        fresh = Settings()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


def _whole(name: str, value: Json) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadSetting(f"{name} is a whole number from 0")


def _positive(name: str, value: Json) -> int:
    if _whole(name, value) == 0:
        raise BadSetting(f"{name} is a whole number from 1")
    return _whole(name, value)


def _switch(name: str, value: Json) -> bool:
    if isinstance(value, bool):
        return value
    raise BadSetting(f"{name} is true or false")


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Json], str]:
    def read(name: str, value: Json) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise BadSetting(f"{name} is one of {', '.join(choices)}")

    return read


def _users(name: str, value: Json) -> dict[str, str]:
    if isinstance(value, dict) and all(isinstance(key, str) for key in value.values()):
        return {user: str(key) for user, key in value.items()}
    raise BadSetting(f"{name} is an object of names and keys")


_READERS: Mapping[str, Callable[[str, Json], Json | dict[str, str]]] = {
    "concurrent": _positive,
    "queue": _whole,
    "operation_timeout_ms": _positive,
    "page_size": _positive,
    "auth": _one_of(AUTHS),
    "users": _users,
    "api": _switch,
    "odata": _switch,
    "codeunit": _switch,
    "language": _one_of(LANGUAGES),
}
