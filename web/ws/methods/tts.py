"""``tts.*``: when replies are spoken and by whom, and words made into sound for clients."""

from __future__ import annotations

from typing import Any

from openclaw.domain.speech import LONGEST, Speech
from openclaw.errors import InvalidRequest, SpeechFailed, Unavailable
from openclaw.settings.sections.tts import VOICES
from web.validation import NoParams, Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.config import author, has_config

#: How each is called.
_NAMES = {"openai": "OpenAI", "elevenlabs": "ElevenLabs", "edge": "Microsoft Edge"}


class ProviderParams(Params):
    provider = Text(required=True, min_length=1)


class ConvertParams(Params):
    text = Text(required=True, min_length=1, max_length=LONGEST)
    channel = Text(min_length=1)
    provider = Text(min_length=1)
    voice = Text(min_length=1, max_length=64)


def status(call: Call) -> Any:
    services = call.gateway.services
    section, usable = services.speech.section(), services.speech.usable()
    return {
        "enabled": section.auto != "off",
        "auto": section.auto,
        "provider": usable[0] if usable else None,
        "fallbackProvider": usable[1] if len(usable) > 1 else None,
        "fallbackProviders": list(usable[1:]),
        "hasOpenAIKey": "openai" in usable,
        "hasElevenLabsKey": "elevenlabs" in usable,
        "edgeEnabled": "edge" in usable,
    }


def providers(call: Call) -> Any:
    speech = call.gateway.services.speech
    section, usable = speech.section(), speech.usable()
    models = {"openai": [section.openai.model], "elevenlabs": [section.elevenlabs.model], "edge": []}
    voices = {"openai": section.openai.voice, "elevenlabs": section.elevenlabs.voice, "edge": section.edge.voice}
    return {
        "providers": [
            {
                "id": name,
                "name": _NAMES[name],
                "configured": name in usable,
                "models": models[name],
                "voices": [voices[name]],
            }
            for name in VOICES
        ],
        "active": usable[0] if usable else None,
    }


def enable(call: Call) -> Any:
    """Every reply is spoken from now on, in sessions that say nothing else."""
    return _set(call, {"auto": "always"}, {"enabled": True})


def disable(call: Call) -> Any:
    return _set(call, {"auto": "off"}, {"enabled": False})


def set_provider(call: Call) -> Any:
    name = call.params["provider"].strip().lower()
    if name not in VOICES:
        raise InvalidRequest(f"Invalid provider. Use {', '.join(VOICES[:-1])}, or {VOICES[-1]}.")
    return _set(call, {"provider": name}, {"provider": name})


def _set(call: Call, section: dict[str, Any], answer: dict[str, Any]) -> Any:
    config = call.gateway.services.config
    if config is None:
        raise Unavailable("this gateway's configuration cannot be edited")
    who = author(call)

    def edit() -> Any:
        base = config.editor.snapshot()
        config.editor.patch({"tts": section}, base.hash if base.exists else None, source=call.method, author=who)
        return answer

    return call.answer_from(config.desk.later, edit)


def convert(call: Call) -> Any:
    params, gateway = call.params, call.gateway
    channel = gateway.services.channels.get(params.get("channel", ""))
    speech = Speech(
        params["text"],
        voice_note=channel is not None and channel.capabilities.voice_notes,
        provider=params.get("provider", "").lower(),
        voice=params.get("voice", ""),
    )

    def speak() -> Any:
        try:
            sound = gateway.services.speech.speak(speech)
        except SpeechFailed as error:
            raise Unavailable(f"nobody could speak it: {error}") from None
        ref = gateway.services.files.keep(sound.content, sound.mime, sound.name("speech"), gateway.clock())
        return {
            "audioPath": f"/media/{ref.id}",
            "provider": sound.provider,
            "outputFormat": "opus" if sound.is_opus else "mp3",
            "voiceCompatible": sound.is_opus,
        }

    return call.answer_from(gateway.speech_work.put, speak)


METHODS = (
    Method("tts.status", NoParams(), status),
    Method("tts.providers", NoParams(), providers),
    Method("tts.enable", NoParams(), enable, has_config),
    Method("tts.disable", NoParams(), disable, has_config),
    Method("tts.setProvider", ProviderParams(), set_provider, has_config),
    Method("tts.convert", ConvertParams(), convert),
)
