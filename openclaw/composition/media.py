"""Who looks at pictures and writes down speech, as the configuration has it at each moment."""

from __future__ import annotations

from functools import partial

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.web_tools import private_places
from openclaw.errors import ConfigError
from openclaw.media.understanding import Lookers, Understanding
from openclaw.net.guarded import Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ModelRef, Provider, ProviderConfig, Transcriber
from openclaw.settings.schema import Settings
from openclaw.tools.image import register_image_tool

#: Of vendors that are there without being named, who writes down speech.
_TRANSCRIBERS = ("openai", "groq")


def lookers(live: LiveSettings, registry: Registry) -> Lookers:
    """Those that are configured; else the first model that sees, and a vendor with a key that writes down speech."""
    settings = live.settings
    describer, transcriber = _describer(settings), _transcriber(settings)
    return Lookers(
        describer=(describer, partial(open_vendor, settings, registry, describer.provider)) if describer else None,
        transcriber=(settings.tools.media.audio_model, partial(_open_transcriber, settings, registry, transcriber))
        if transcriber
        else None,
    )


def _describer(settings: Settings) -> ModelRef | None:
    if settings.tools.media.image_model:
        return ModelRef.parse(settings.tools.media.image_model)
    for config in settings.models.providers.values():
        for model in config.models:
            if "image" in model.input_kinds:
                return ModelRef(config.id, model.id)
    return None


def _transcriber(settings: Settings) -> str | None:
    named = settings.tools.media.audio_provider
    usable = (id_ for id_ in _TRANSCRIBERS if has_key(settings, id_))
    return named or next(usable, None)


def has_key(settings: Settings, provider: str) -> bool:
    """Whether a model vendor is there with a key."""
    config = settings.models.providers.get(provider)
    return config is not None and config.api_key is not None


def open_vendor(settings: Settings, registry: Registry, provider: str) -> Provider:
    """The client of a model vendor. Raises ConfigError for one that is not configured."""
    config: ProviderConfig | None = settings.models.providers.get(provider)
    if config is None:
        raise ConfigError(f"model provider {provider!r} is not configured")
    return registry.providers[config.api].open(config)


def _open_transcriber(settings: Settings, registry: Registry, provider: str) -> Transcriber:
    opened: object = open_vendor(settings, registry, provider)
    if not isinstance(opened, Transcriber):
        raise ConfigError(f"{provider} does not write down speech; set tools.media.audio_provider to one that does")
    return opened


def add_image_tool(registry: Registry, live: LiveSettings, understanding: Understanding) -> None:
    """Add ``image``; it may fetch what ``web_fetch`` may."""
    register_image_tool(registry, understanding.describe, Fetcher(private_places(live.settings)))
