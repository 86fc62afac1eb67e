"""Questions about where messages go, answered by the configuration that is in force."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.route_explanation import asked_envelope, explain
from openclaw.domain.access import Standing
from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import ConfigError, InvalidRequest
from openclaw.ports.senders import SenderStore
from openclaw.settings.toml_source import TomlSource, parse_toml
from web.config_watch import ConfigWatch


class RouteDesk:
    """Thread-safe."""

    def __init__(
        self,
        live: LiveSettings,
        watch: ConfigWatch,
        senders: SenderStore,
        stored: Callable[[str], InboundEnvelope | None],
    ) -> None:
        self._live = live
        self._watch = watch
        self._senders = senders
        self._stored = stored

    def explain(self, question: dict[str, Any]) -> dict[str, Any]:
        """Explain a message that is described, or a stored one (``message``). Raises InvalidRequest."""
        name = question.get("message")
        if name and len(question) > 1:
            raise InvalidRequest("describe a message, or name a stored one, not both")
        envelope = self._stored(name) if name else asked_envelope(question)
        if envelope is None:
            raise InvalidRequest(f"there is no message {name!r}; name it by its run id or as channel:account:event")
        if envelope.channel == "client":
            raise InvalidRequest("that message is a client's: clients name their session themselves")
        return explain(self._live.settings, envelope, source=self._source(), standing=self._standing)

    def _standing(self, envelope: InboundEnvelope) -> Standing | None:
        return self._senders.standing(envelope.channel, envelope.account, envelope.sender.id)

    def _source(self) -> TomlSource | None:
        """The text in force; ``None`` when there is a newer one, whose lines would mislead."""
        newest = self._watch.editor.snapshot()
        if newest.version != self._live.current.version:
            return None
        with contextlib.suppress(ConfigError):
            return parse_toml(self._live.environment.config_path, newest.text)
        return None
