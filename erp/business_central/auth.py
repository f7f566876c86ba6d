"""How the ERP is told who calls: Basic, or Windows credentials by NTLM or Negotiate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import SecretStr

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    import httpx

    from tidegate.settings import Settings

Scheme: TypeAlias = Literal["basic", "ntlm", "negotiate"]


@dataclass(frozen=True, slots=True)
class Login:
    """Who calls. Without a user nobody is named, which the sandbox takes.

    Args:
        user: the name; `DOMAIN\\name` or `name@domain` for Windows credentials.
        password: the password, or the web service access key for `basic`.
    """

    scheme: Scheme = "basic"
    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))

    @staticmethod
    def of(settings: Settings) -> Login:
        """As ERP_AUTH, ERP_USER and ERP_PASSWORD have it."""
        secret = settings.erp_password or SecretStr("")
        return Login(settings.erp_auth, settings.erp_user or "", secret)

    @property
    def by_connection(self) -> bool:
        """Whether it is the connection, not the request, that is let in."""
        return self.scheme != "basic"

    def auth(self) -> httpx.Auth | None:
        """The scheme for httpx; raises `ConfigError` where it cannot carry these credentials."""
        if not self.user:
            return None
        password = self.password.get_secret_value()
        if self.scheme == "basic":
            _must_be_ascii(self.user, password)
            import httpx

            return httpx.BasicAuth(self.user, password)
        # pyspnego takes a while to import, which those who use Basic should not pay.
        from erp.business_central.windows_auth import WindowsAuth

        return WindowsAuth(self.scheme, self.user, password)


def needed(login: Login) -> Login:
    """The login, for an ERP that lets nobody in without one; raises `ConfigError`."""
    for name, value in (("USER", login.user), ("PASSWORD", login.password.get_secret_value())):
        if not value:
            raise ConfigError(
                f"ERP_{name} is not set, and ERP_AUTH={login.scheme} needs it",
                next_step=f"set ERP_{name} (for basic the password is the web service access key)",
            )
    return login


def _must_be_ascii(user: str, password: str) -> None:
    for name, value in (("ERP_USER", user), ("ERP_PASSWORD", password)):
        if not value.isascii():
            raise ConfigError(
                f"{name} holds characters beyond ASCII, which Business Central never lets in",
                next_step=f"set {name} to plain ASCII, or use ERP_AUTH=negotiate",
            )
