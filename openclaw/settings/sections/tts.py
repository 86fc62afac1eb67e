"""``[tts]``: replies that are spoken."""

# ruff: noqa: RUF009 - option() is dataclasses.field() with more to say
from __future__ import annotations

from dataclasses import dataclass

from openclaw.domain.speech import MODES
from openclaw.ports.secrets import Secret
from openclaw.settings.option import option

ELEVENLABS_URL = "https://api.elevenlabs.io"
#: Where ElevenLabs' key may stand in the environment.
ELEVENLABS_VARIABLE = "ELEVENLABS_API_KEY"
#: In the order in which they are tried.
VOICES = ("openai", "elevenlabs", "edge")


@dataclass(frozen=True, slots=True)
class OpenAiVoiceSection:
    """``[tts.openai]``"""

    vendor: str = option("openai", "The model vendor of `models.providers` that speaks, by `POST /audio/speech`.")
    model: str = option("gpt-4o-mini-tts", "Its model.")
    voice: str = option("alloy", "Its voice.")


@dataclass(frozen=True, slots=True)
class ElevenLabsSection:
    """``[tts.elevenlabs]``"""

    api_key: Secret | None = option(None, "The key.", default_says="`ELEVENLABS_API_KEY`")
    base_url: str = option(ELEVENLABS_URL, "Address of the API.", form="url")
    voice: str = option("pMsXgVXv3BLzUgSXRplE", "The id of a voice.")
    model: str = option("eleven_multilingual_v2", "Its model.")


@dataclass(frozen=True, slots=True)
class EdgeSection:
    """``[tts.edge]``"""

    enabled: bool = option(True, "Whether Microsoft Edge's voices may be used, which need no key.")
    voice: str = option("en-US-MichelleNeural", "Its voice.")


@dataclass(frozen=True, slots=True)
class TtsSection:
    """``[tts]``"""

    auto: str = option(
        "off",
        "When replies are spoken: `inbound` if the message was spoken too, `tagged` if the model asks for it.",
        one_of=MODES,
    )
    provider: str = option("auto", "Who is asked first; the others follow.", one_of=("auto", *VOICES))
    summarize: bool = option(True, "Whether a reply of more than 1,500 characters is summarized before it is spoken.")
    timeout_seconds: float = option(30.0, "The longest that one vendor may take.", minimum=1, maximum=300)
    openai: OpenAiVoiceSection = option(meaning="OpenAI's voices.", factory=OpenAiVoiceSection)
    elevenlabs: ElevenLabsSection = option(meaning="ElevenLabs' voices.", factory=ElevenLabsSection)
    edge: EdgeSection = option(meaning="Microsoft Edge's voices.", factory=EdgeSection)
