"""GitHub's device login: "Authorizing OAuth apps", its device flow, of docs.github.com.

Every answer has status 200, also an error, and is a form unless JSON is asked for. The login's token does not end; it
buys Copilot's, at an address that is not documented but which its editors use, for half an hour each.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from tests.wire.oauth.server import DEVICE_GRANT, Json, OAuthServer, as_form

_PAGE = "https://docs.github.com/developers/apps/authorizing-oauth-apps#error-codes-for-the-device-flow"


class GitHubServer(OAuthServer):
    """Both of its hosts: for logins, and for its API."""

    device_code = "3584d83530557fdd1f46af8289938c8ef79f9dc5"
    login = "gho_16C7e42F292c6912E7710c838347Ae178B4a"

    def __init__(self) -> None:
        super().__init__()
        self.lives_seconds = 1800
        #: What its API was asked with.
        self.editors: list[str] = []

    def wrong(self, asked: dict[str, str]) -> Json | None:
        if asked.get("grant_type") != DEVICE_GRANT:
            return {"error": "unsupported_grant_type"}
        return None if asked.get("device_code") == self.device_code else {"error": "incorrect_device_code"}

    def not_yet(self, error: Json) -> tuple[int, Json]:
        return 200, {**error, "error_description": f"It is {error['error']}.", "error_uri": _PAGE}

    def tokens(self) -> Json:
        return {"access_token": self.login, "token_type": "bearer", "scope": "read:user"}

    def encoded(self, body: Json, accepted: str) -> tuple[str, bytes]:
        return super().encoded(body, accepted) if "json" in accepted else as_form(body)

    def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, Json]:
        if path != "/copilot_internal/v2/token":
            return 404, {"message": "Not Found", "status": "404"}
        if self.refused or headers.get("authorization") != f"token {self.login}":
            return 401, {"message": self.refused or "Bad credentials", "status": "401"}
        with self.lock:
            self.renewals += 1
            number = next(self.numbers)
        self.editors.append(headers.get("editor-version", ""))
        ends = int(time.time()) + self.lives_seconds
        return 200, {
            "token": f"tid={number};exp={ends};sku=monthly_subscriber;chat=1",
            "expires_at": ends,
            "refresh_in": self.lives_seconds - 300,
            "endpoints": {"api": "https://api.individual.githubcopilot.com"},
            "chat_enabled": True,
            "sku": "monthly_subscriber",
        }
