"""``POST /audio/speech`` and ``POST /images/generations`` through the SDK: words made sound or picture."""

from __future__ import annotations

import base64
import binascii

import httpx2
import openai

from openclaw.errors import BadModelRequest
from openclaw.providers.openai_compatible.errors import translated
from openclaw.providers.vendor_errors import Redactor

CONNECT_SECONDS = 10.0
#: The longest that a vendor may take over a picture.
PAINTING_SECONDS = 180.0


def speak(
    client: openai.OpenAI,
    provider: str,
    redactor: Redactor,
    model: str,
    voice: str,
    words: str,
    *,
    opus: bool,
    timeout_seconds: float,
) -> bytes:
    """See ``Speaker.speak``."""
    with translated(provider, redactor):
        answer = client.audio.speech.create(
            model=model,
            voice=voice,
            input=words,
            response_format="opus" if opus else "mp3",
            timeout=httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
        )
        content: bytes = answer.read()
    return content


def paint(client: openai.OpenAI, provider: str, redactor: Redactor, model: str, prompt: str, size: str) -> bytes:
    """See ``Painter.paint``."""
    # Only the newer models always answer with the picture itself; the older ones have to be asked to.
    wanted = {"response_format": "b64_json"} if model.startswith("dall-e") else {}
    with translated(provider, redactor):
        answer = client.post(
            "/images/generations",
            cast_to=object,
            body={"model": model, "prompt": prompt, "n": 1, **({"size": size} if size else {}), **wanted},
            options={"timeout": httpx2.Timeout(PAINTING_SECONDS, connect=CONNECT_SECONDS)},
        )
    try:
        return base64.b64decode(answer["data"][0]["b64_json"], validate=True)  # type: ignore[index]
    except (KeyError, IndexError, TypeError, binascii.Error):
        raise BadModelRequest(f"{provider}: the answer holds no picture") from None
