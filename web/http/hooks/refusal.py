"""How a hook's call is refused."""

from __future__ import annotations

from flask import Response, jsonify

from web.http.access import HttpRefused


class HookRefused(HttpRefused):
    """The call is answered with this status. The message is for whoever set the hook up and repeats no payload."""

    def __init__(self, status: int, message: str, *, retry_after_seconds: float | None = None, allow: str = "") -> None:
        super().__init__(status, message, retry_after_seconds=retry_after_seconds)
        self.allow = allow

    def response(self) -> tuple[Response, int, dict[str, str]]:
        headers = {**self.headers(), **({"Allow": self.allow} if self.allow else {})}
        return jsonify(ok=False, error=str(self)), self.status, headers
