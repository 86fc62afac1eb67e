"""``tts``: words that are spoken to whoever reads the conversation."""

from __future__ import annotations

from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.speech import LONGEST, Speech
from openclaw.errors import SpeechFailed, ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.speech import SpeakingVoice
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.handing_over import Counter

_SPEC = ToolSpec(
    name="tts",
    description="Speak words: they reach this conversation as sound. Use it when somebody asks to hear something.",
    parameters={
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": LONGEST},
            "voice": {"type": "string", "maxLength": 64, "description": "Default: the configured one."},
        },
        "required": ["text"],
        "additionalProperties": False,
    },
)


class TtsTool:
    """Speaks by whoever is configured."""

    spec = _SPEC
    #: The call's name is the sound's: making it again sends nothing.
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(self, voice: SpeakingVoice, counter: Counter) -> None:
        self._voice = voice
        self._counter = counter

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Speak, and hand it over."""
        check_arguments(self.spec, arguments)
        context.cancel.raise_if_cancelled()
        try:
            sound = self._voice.speak(Speech(str(arguments["text"]), voice=str(arguments.get("voice") or "")))
        except SpeechFailed as error:
            raise ToolError(f"Nobody could speak it: {error}") from None
        said = self._counter.hand_over(sound.content, sound.mime, sound.name("speech"), context, voice_note=True)
        return ToolOutcome(said)


def register_tts_tool(registry: Registry, voice: SpeakingVoice, counter: Counter) -> None:
    """Add the tool; it takes who speaks, and what brings the sound out."""
    registry.add_tool(TtsTool(voice, counter), source=__name__)
