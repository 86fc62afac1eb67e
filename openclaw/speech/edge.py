"""Microsoft Edge's voices, which need no key. They speak MP3 only."""

from __future__ import annotations

import asyncio

from openclaw.errors import SpeechFailed
from openclaw.net.loop_thread import run_on_loop
from openclaw.ports.speech import MP3

CONNECT_SECONDS = 10


class Edge:
    """Implements ``SpeechVendor``."""

    def __init__(self, voice: str, timeout_seconds: float) -> None:
        self._voice = voice
        self._timeout_seconds = timeout_seconds

    def speak(self, words: str, voice: str, *, opus: bool) -> tuple[bytes, str]:  # noqa: ARG002 - it has no Opus
        """The sound and its MIME type. Raises SpeechFailed."""
        import aiohttp
        from edge_tts.exceptions import EdgeTTSException

        try:
            # Not the library's own ``stream_sync``: it never returns when the stream fails.
            speaking = asyncio.wait_for(_spoken(words, voice or self._voice), self._timeout_seconds)
            content = run_on_loop(speaking).result()
        except (EdgeTTSException, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise SpeechFailed(f"{type(error).__name__}") from None
        if not content:
            raise SpeechFailed("no sound came")
        return content, MP3


async def _spoken(words: str, voice: str) -> bytes:
    import edge_tts

    stream = edge_tts.Communicate(words, voice, connect_timeout=CONNECT_SECONDS).stream()
    return b"".join([part["data"] async for part in stream if part["type"] == "audio"])
