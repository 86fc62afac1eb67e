"""Words made into sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.speech import Speech

#: The sounds that are asked for: Opus in an Ogg file, or MP3.
OPUS, MP3 = "audio/ogg", "audio/mpeg"


@dataclass(frozen=True, slots=True)
class Sound:
    """What was spoken, and by whom."""

    content: bytes
    mime: str
    provider: str

    @property
    def is_opus(self) -> bool:
        return self.mime == OPUS

    def name(self, stem: str) -> str:
        """A file's name with the ending of its kind."""
        return f"{stem}.{'ogg' if self.is_opus else 'mp3'}"


class SpeechVendor(Protocol):
    """Somebody who speaks. Thread-safe."""

    def speak(self, words: str, voice: str, *, opus: bool) -> tuple[bytes, str]:
        """The sound and its MIME type; ``voice`` may be empty, and ``opus`` is only a wish. Raises SpeechFailed."""
        ...


class SpeakingVoice(Protocol):
    """Speaks by the configured vendors, one after another."""

    def speak(self, speech: Speech) -> Sound:
        """Raises SpeechFailed when none of them could."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """A row of the outbox whose speech is being made."""

    id: int
    run_id: str
    conversation: str
    speech: Speech
    #: Counts from 1.
    attempts: int
    claim_token: str


class SpeechQueue(Protocol):
    """Raises StoreUnavailable."""

    def claim(self, run_id: str, now_ms: int, claim_ms: int) -> list[SpeechJob]:
        """Take what of a run is to be spoken and nobody is at."""
        ...

    def made(self, job: SpeechJob, sound: Sound, now_ms: int) -> bool:
        """Keep the sound, and let the row leave; false when the claim is no longer the caller's."""
        ...

    def given_up(self, job: SpeechJob, error: str, now_ms: int) -> bool:
        """Let its words leave if they are not written yet, else end the row, so that what is behind it can leave."""
        ...

    def due(self, now_ms: int, limit: int) -> list[str]:
        """Runs with speech that nobody is at."""
        ...
