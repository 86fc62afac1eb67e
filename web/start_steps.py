"""The gateway's start, step by step, from the first thread to the close handle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.command_menus import offer_menus
from web.nodes import LOOK_SECONDS
from web.nodes import RENEW_SECONDS as NODES_SECONDS
from web.startup import Step, Undo
from web.webhook_registration import register_webhooks
from web.ws.presence import RENEW_SECONDS

if TYPE_CHECKING:
    from web.gateway import Gateway

CHECK_SECONDS = 1.0
PRESENCE_SECONDS = 1.0
#: How often the database is asked about runs somebody waits for, in case their end was not heard.
WAITERS_SECONDS = 5.0
#: How often the devices that are connected are compared with those that are paired.
DEVICES_SECONDS = 15.0
#: How often the folders of skills are looked at, to tell clients of changes; turns look for themselves.
SKILLS_SECONDS = 5.0


def start_steps(gateway: Gateway) -> list[Step]:
    """The steps behind ``config``, ``plugins`` and ``runtime``, which are done before the process serves.

    Scheduled jobs and the channels' connections have processes of their own, beat and connector.
    """
    return [
        Step("broadcast", lambda: _broadcast(gateway)),
        Step("presence", lambda: _presence(gateway)),
        Step("discovery", lambda: _discovery(gateway)),
        Step("timers", lambda: _timers(gateway)),
        Step("menus", lambda: _menus(gateway)),
        Step("webhooks", lambda: register_webhooks(gateway.services.facts.accounts)),
        Step("reload", lambda: _reload(gateway)),
    ]


def _broadcast(gateway: Gateway) -> Undo:
    gateway.stability.attach()
    gateway.timekeeper.start()
    gateway.background.start()
    gateway.lookups.start()
    gateway.memory_work.start()
    gateway.speech_work.start()
    gateway.model_work.start()
    gateway.broadcaster.start()

    def undo() -> None:
        gateway.taps.close()
        gateway.broadcaster.stop()
        gateway.speech_work.stop()
        gateway.model_work.stop()
        gateway.memory_work.stop()
        gateway.lookups.stop()
        gateway.background.stop()
        gateway.timekeeper.stop()
        gateway.stability.detach()

    return undo


def _presence(gateway: Gateway) -> Undo:
    gateway.presence.start()
    return gateway.presence.stop


def _discovery(gateway: Gateway) -> Undo | None:
    announcer = gateway.services.announcer
    if announcer is None:
        return None
    announcer.start()
    return announcer.stop


def _timers(gateway: Gateway) -> None:
    keeper = gateway.timekeeper
    keeper.every(CHECK_SECONDS, gateway.check_connections)
    keeper.every(PRESENCE_SECONDS, lambda: gateway.presence.announce(gateway.send_presence))
    keeper.every(RENEW_SECONDS, gateway.renew_presence)
    keeper.every(LOOK_SECONDS, gateway.nodes.look)
    keeper.every(NODES_SECONDS, gateway.nodes.renew)
    keeper.every(WAITERS_SECONDS, gateway.broadcaster.look_after_waiters)
    keeper.every(DEVICES_SECONDS, gateway.look_after_devices_soon)
    keeper.every(SKILLS_SECONDS, gateway.look_at_skills_soon)
    gateway.look_at_skills_soon()
    keeper.every(gateway.services.facts.limits.health_seconds, gateway.refresh_health)


def _reload(gateway: Gateway) -> Undo | None:
    config = gateway.services.config
    if config is None:
        return None
    config.on_change(gateway.tell_config_change)
    config.start()
    return config.stop


def _menus(gateway: Gateway) -> None:
    facts, skills = gateway.services.facts, gateway.services.skills
    if skills is None:
        offer_menus(facts.accounts)
        return
    offer_menus(facts.accounts, lambda: skills.commands(tuple(agent.id for agent in facts.agents)))
