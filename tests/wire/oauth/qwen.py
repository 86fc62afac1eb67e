"""Qwen's device login, as its own terminal client (QwenLM/qwen-code) speaks to chat.qwen.ai: it is not documented.

RFC 8628 with the challenge of RFC 7636, which is required. No interval is named, whoever asks too often gets status
429, and the tokens come with the host that they are for.
"""

from __future__ import annotations

from tests.wire.oauth.server import Json, OAuthServer


class QwenServer(OAuthServer):
    """``api/v1/oauth2`` of chat.qwen.ai."""

    device_path = "/api/v1/oauth2/device/code"

    def shown(self, asked: dict[str, str]) -> tuple[int, Json]:
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return 400, {"error": "invalid_request", "error_description": "code_challenge is required"}
        page = "https://chat.qwen.ai/authorize"
        return 200, {
            "device_code": self.device_code,
            "user_code": "WDJB-MJHT",
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code=WDJB-MJHT&client=qwen-code",
            "expires_in": 900,
        }

    def not_yet(self, error: Json) -> tuple[int, Json]:
        said = {**error, "error_description": f"It is {error['error']}."}
        return (429 if error["error"] == "slow_down" else 400), said

    def tokens(self) -> Json:
        return {"status": "success", "token_type": "Bearer", **super().tokens(), "resource_url": "portal.qwen.ai"}
