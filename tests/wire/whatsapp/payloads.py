"""Webhook payloads of the Cloud API.

After https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

NUMBER_ID = "106540352242922"
DISPLAY_NUMBER = "15550783881"
PHONE = "16505551234"
USER_ID = "US.13491208655302741918"
PERSON = {"profile": {"name": "Sheena Nelson", "username": "sheena"}, "wa_id": PHONE, "user_id": USER_ID}


def message(number: int = 1, kind: str = "text", **fields: Any) -> dict[str, Any]:
    """One message; ``None`` takes a field out."""
    made: dict[str, Any] = {
        "from": PHONE,
        "from_user_id": USER_ID,
        "id": f"wamid.HBgL{number:06}",
        "timestamp": "1767225600",
        "type": kind,
    }
    made |= {"text": {"body": "Hello"}} if kind == "text" and "text" not in fields else {}
    return {key: value for key, value in (made | fields).items() if value is not None}


def value(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": NUMBER_ID},
        "contacts": [PERSON],
        "messages": list(messages),
    }
    return {key: each for key, each in (made | fields).items() if each is not None}


def payload(*values: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    changes = [{"value": each, "field": field} for each in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def of(*messages: dict[str, Any]) -> dict[str, Any]:
    """A payload with these messages."""
    return payload(value(*messages))


def status(state: str, **fields: Any) -> dict[str, Any]:
    made = {"id": "wamid.OURS", "status": state, "timestamp": "1767225600", "recipient_id": PHONE}
    return payload(value(messages=None, contacts=None, statuses=[made | fields]))


def body(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()


def signed(content: bytes, secret: str) -> dict[str, str]:
    """The header that Meta signs a body with."""
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}
