"""ElevenLabs: ``POST /v1/text-to-speech/<voice>`` answers with the sound."""

from __future__ import annotations

from http import HTTPStatus

import httpx2

from openclaw.errors import SpeechFailed
from openclaw.ports.secrets import Secret
from openclaw.ports.speech import MP3, OPUS

CONNECT_SECONDS = 10.0


class ElevenLabs:
    """Implements ``SpeechVendor``."""

    def __init__(self, api_key: Secret, base_url: str, model: str, voice: str, timeout_seconds: float) -> None:
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._voice = voice
        self._timeout = httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS)

    def speak(self, words: str, voice: str, *, opus: bool) -> tuple[bytes, str]:
        """The sound and its MIME type. Raises SpeechFailed."""
        try:
            with httpx2.Client(timeout=self._timeout, follow_redirects=False) as client:
                answer = client.post(
                    f"{self._base_url}/v1/text-to-speech/{voice or self._voice}",
                    params={"output_format": "opus_48000_64" if opus else "mp3_44100_128"},
                    headers={"xi-api-key": self._api_key.reveal()},
                    json={"text": words, "model_id": self._model},
                )
        except httpx2.HTTPError as error:
            raise SpeechFailed(f"no answer ({type(error).__name__})") from None
        if answer.status_code != HTTPStatus.OK or not answer.content:
            raise SpeechFailed(f"HTTP {answer.status_code}")
        return answer.content, OPUS if opus else MP3
