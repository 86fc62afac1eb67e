"""The protocol's methods, one small module per group."""

from __future__ import annotations

from web.ws.dispatch import Method
from web.ws.methods import (
    agent,
    agent_desk,
    agent_files,
    agents,
    channels,
    chat,
    config,
    config_schema,
    devices,
    history,
    identity,
    inject,
    logs,
    session_desk,
    session_search,
    session_turns,
    session_views,
    sessions,
    setup_codes,
    status,
    system_events,
    tools,
)

METHODS: tuple[Method, ...] = (
    *status.METHODS,
    *chat.METHODS,
    *history.METHODS,
    *inject.METHODS,
    *agent.METHODS,
    *agents.METHODS,
    *agent_desk.METHODS,
    *agent_files.METHODS,
    *sessions.METHODS,
    *session_views.METHODS,
    *session_desk.METHODS,
    *session_search.METHODS,
    *session_turns.METHODS,
    *channels.METHODS,
    *logs.METHODS,
    *identity.METHODS,
    *devices.METHODS,
    *setup_codes.METHODS,
    *system_events.METHODS,
    *tools.METHODS,
    *config.METHODS,
    *config_schema.METHODS,
)
