"""Every tool that comes with OpenClaw, in one list: for workers, which run them, and for whoever only looks at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openclaw.composition.browser_tool import add_browser_tool
from openclaw.composition.config_editor import ConfigEditor
from openclaw.composition.exec_tools import add_exec_tools
from openclaw.composition.gateway_tool import add_gateway_tool
from openclaw.composition.live_settings import LiveSettings
from openclaw.composition.making_tools import add_making_tools
from openclaw.composition.media import add_image_tool
from openclaw.composition.message_tool import add_message_tool, post_office
from openclaw.composition.session_tools import add_session_tools
from openclaw.composition.storage import Storage
from openclaw.composition.web_tools import add_web_tools
from openclaw.intake.approval_desk import ApprovalDesk
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.intake.node_desk import NodeDesk
from openclaw.intake.session_post import SessionMail
from openclaw.intake.subagent_desk import SubagentDesk
from openclaw.media.understanding import Understanding
from openclaw.plugins.registry import Registry
from openclaw.ports.browser import BrowserBell
from openclaw.ports.memory import AgentMemory
from openclaw.ports.speech import SpeakingVoice
from openclaw.ports.stream import Notice
from openclaw.tools.memory import register_memory_tools
from openclaw.tools.nodes import register_nodes_tool


@dataclass(frozen=True, slots=True)
class ToolParts:
    """What the tools work with."""

    storage: Storage
    keeper: LaneKeeper
    nodes: NodeDesk
    approvals: ApprovalDesk
    editor: ConfigEditor
    notify: Callable[[Notice], None]
    memory: AgentMemory
    understanding: Understanding
    subagents: SubagentDesk
    mail: SessionMail
    voice: SpeakingVoice
    bell: BrowserBell


def add_tools(registry: Registry, live: LiveSettings, parts: ToolParts) -> None:
    """Add those that need more than a workspace, as far as the configuration wants them; the others are built in."""
    settings = live.settings
    register_nodes_tool(registry, parts.nodes)
    add_exec_tools(registry, settings, parts.approvals)
    add_gateway_tool(registry, settings, parts.editor, parts.approvals, parts.notify)
    add_web_tools(registry, settings)
    add_browser_tool(registry, settings, parts.storage, parts.bell)
    office = post_office(registry, live, parts.storage, parts.keeper)
    add_message_tool(registry, live, parts.storage, office)
    add_making_tools(registry, live, parts.storage, office, parts.voice)
    register_memory_tools(registry, parts.memory)
    add_image_tool(registry, live, parts.understanding)
    add_session_tools(registry, live, parts.storage, parts.subagents, parts.mail)
