"""The tool ``message``, as the configuration wants it."""

from __future__ import annotations

from collections.abc import Mapping

from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.storage import Storage
from openclaw.composition.web_tools import private_places
from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.message_guard import MessageRules
from openclaw.domain.run import FencedRun
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.media.content_type import content_type
from openclaw.net.guarded import Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.ports.post_office import PostOffice
from openclaw.ports.store import OutboxFile
from openclaw.reply.messenger import Messenger
from openclaw.tools.message import register_message_tool


class LivePostOffice:
    """Implements ``PostOffice`` by the configuration in force."""

    def __init__(self, live: LiveSettings, registry: Registry, messenger: Messenger) -> None:
        self._live = live
        self._registry = registry
        self._messenger = messenger

    def accounts(self) -> Mapping[str, tuple[str, ...]]:
        configured = self._live.settings.channels
        return {channel: tuple(configured.get(channel, ())) for channel in self._registry.channels}

    def rules(self) -> MessageRules:
        section = self._live.settings.tools.message
        return MessageRules(section.within_account, section.targets)

    def takes_files(self, channel: str) -> bool:
        plugin = self._registry.channels.get(channel)
        return plugin is not None and plugin.capabilities.media

    def post_file(self, run: FencedRun, route: ReplyRoute, file: OutboxFile, key: str) -> None:
        self._messenger.post_file_in_run(run, route, file, key)

    def post(self, run: FencedRun, route: ReplyRoute, text: str, key: str) -> int:
        capabilities = self._registry.channels[route.channel].capabilities
        return self._messenger.post_in_run(run, route, text, capabilities, key)


def post_office(registry: Registry, live: LiveSettings, storage: Storage, keeper: LaneKeeper) -> LivePostOffice:
    """What brings out what agents send."""
    return LivePostOffice(live, registry, Messenger(storage.outbox, keeper.ring_replies, system_clock))


def add_message_tool(registry: Registry, live: LiveSettings, storage: Storage, office: PostOffice) -> None:
    """Add ``message``, unless it is switched off."""

    def keep(content: bytes, name: str) -> OutboxFile:
        mime = content_type(content, name=name).mime
        return OutboxFile(storage.media_files.keep(content, mime, name, system_clock()).id, mime, name)

    if live.settings.tools.message.enabled:
        register_message_tool(registry, office, keep, Fetcher(private_places(live.settings)))
