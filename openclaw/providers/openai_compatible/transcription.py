"""``POST /audio/transcriptions`` through the SDK, which knows how to send a file."""

from __future__ import annotations

import httpx2
import openai

from openclaw.providers.openai_compatible.errors import translated
from openclaw.providers.vendor_errors import Redactor

CONNECT_SECONDS = 10.0
#: The longest that a vendor may take over a sound. OpenClaw's.
READ_SECONDS = 60.0


def transcribe(
    client: openai.OpenAI, provider: str, redactor: Redactor, model: str, content: bytes, name: str, mime: str
) -> str:
    """See ``Transcriber.transcribe``."""
    with translated(provider, redactor):
        answer = client.audio.transcriptions.create(
            model=model,
            file=(name, content, mime),
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        )
    return answer.text
