"""The tools that make files: ``tts`` and ``image_generate``, by the vendors that are configured."""

from __future__ import annotations

from contextlib import closing

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.media import has_key, open_vendor
from openclaw.composition.storage import Storage
from openclaw.errors import ConfigError
from openclaw.media.content_type import content_type
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.ports.post_office import PostOffice
from openclaw.ports.provider import ModelRef, Painter
from openclaw.ports.speech import SpeakingVoice
from openclaw.settings.schema import Settings
from openclaw.tools.handing_over import Counter
from openclaw.tools.image_generate import register_image_generate_tool
from openclaw.tools.tts import register_tts_tool

#: Who paints where nobody is named and there is a key.
_PAINTER = ModelRef("openai", "gpt-image-1")


def add_making_tools(
    registry: Registry, live: LiveSettings, storage: Storage, office: PostOffice, voice: SpeakingVoice
) -> None:
    """Add ``tts``, and ``image_generate`` where somebody paints."""
    counter = Counter(office, lambda content, mime, name: storage.media_files.keep(content, mime, name, system_clock()))
    register_tts_tool(registry, voice, counter)
    if painter_of(live.settings) is None:
        return

    def paint(prompt: str, size: str) -> tuple[bytes, str, str]:
        settings = live.settings
        ref = painter_of(settings)
        if ref is None:
            raise ConfigError("nobody paints any more; set tools.media.image_generate_model")
        vendor: object = open_vendor(settings, registry, ref.provider)
        if not isinstance(vendor, Painter):
            raise ConfigError(f"{ref.provider} makes no pictures; set tools.media.image_generate_model")
        with closing(vendor):
            content = vendor.paint(ref.model, prompt, size)
        kind = content_type(content)
        return content, kind.mime, kind.extension

    register_image_generate_tool(registry, paint, counter)


def painter_of(settings: Settings) -> ModelRef | None:
    """Who makes pictures; ``None`` where nobody is configured."""
    if settings.tools.media.image_generate_model:
        return ModelRef.parse(settings.tools.media.image_generate_model)
    return _PAINTER if has_key(settings, _PAINTER.provider) else None
