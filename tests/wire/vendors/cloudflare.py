"""Cloudflare's AI Gateway: "Authenticated Gateway", "Unified API (OpenAI compat)", "Troubleshooting" and "Unified
Billing" of developers.cloudflare.com/ai-gateway.

The gateway has a key of its own, in a header of its own, and says what it refuses as a list. A model's name begins with
its vendor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.wire.vendors.vendor import CompatibleVendor, Json, Refusal


def _error(status: int, code: int, message: str) -> Refusal:
    body = {"success": False, "result": [], "messages": [], "error": [{"code": code, "message": message}]}
    return Refusal(status, {**body, "name": "AiGatewayError", "httpCode": status, "internalCode": code})


class Cloudflare(CompatibleVendor):
    """A gateway that keeps the vendors' keys."""

    id = "cloudflare"
    path = "/v1/acc0123/assistants/compat/chat/completions"
    model = "openai/gpt-5-mini"
    key = ""
    headers: ClassVar = {"cf-aig-authorization": "Bearer cf-gateway-0123456789"}
    refusals: ClassVar = {
        "key": _error(401, 2009, "Unauthorized"),
        "credit": _error(402, 2021, "Insufficient wholesale credits."),
        "limit": _error(429, 2018, "Wholesale Rate limited"),
        "request": _error(400, 2008, "Invalid provider"),
    }

    def knows(self, headers: Mapping[str, str]) -> bool:
        # A vendor's key would be passed on to it: none may be there.
        own = headers.get("cf-aig-authorization") == self.headers["cf-aig-authorization"]
        return own and "authorization" not in headers

    def misses(self, body: Json) -> Refusal | None:
        return None if "/" in body["model"] else self.refusals["request"]
