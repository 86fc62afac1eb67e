"""Vendors with a device login, as data.

GitHub Copilot's token endpoint is the one that its editors use and is not documented; the login before it is. Qwen's
portal follows RFC 8628 with PKCE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class OAuthVendor:
    """How a vendor's device login goes."""

    device_url: str
    token_url: str
    client_id: str
    scope: str
    #: RFC 7636, for vendors that ask for it.
    pkce: bool = False
    #: Where the token of the login is exchanged for one that models are asked with; empty where it is that one itself.
    exchange_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def at(self, base: str) -> OAuthVendor:
        """The same at another address: of a company's own server, or for tests."""
        moved = {name: base.rstrip("/") + urlsplit(url).path for name, url in self._urls().items() if url}
        return replace(self, **moved)  # type: ignore[arg-type]

    def _urls(self) -> dict[str, str]:
        return {"device_url": self.device_url, "token_url": self.token_url, "exchange_url": self.exchange_url}


#: What Copilot's servers want to hear from an editor.
COPILOT_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Editor-Version": "vscode/1.107.0",
        "Editor-Plugin-Version": "copilot-chat/0.35.0",
        "Copilot-Integration-Id": "vscode-chat",
    }
)

OAUTH_VENDORS: Mapping[str, OAuthVendor] = MappingProxyType(
    {
        "github-copilot": OAuthVendor(
            device_url="https://github.com/login/device/code",
            token_url="https://github.com/login/oauth/access_token",  # noqa: S106 - an address
            client_id="Iv1.b507a08c87ecfe98",
            scope="read:user",
            exchange_url="https://api.github.com/copilot_internal/v2/token",
            headers=COPILOT_HEADERS,
        ),
        "qwen-portal": OAuthVendor(
            device_url="https://chat.qwen.ai/api/v1/oauth2/device/code",
            token_url="https://chat.qwen.ai/api/v1/oauth2/token",  # noqa: S106 - an address
            client_id="f0304373b74a44d2b584a3fb70ca9e56",
            scope="openid profile email model.completion",
            pkce=True,
        ),
    }
)
