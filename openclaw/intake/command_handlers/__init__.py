"""The handlers of the commands that are answered at once: one function per command, pure but for what it asks for.

``stop``, ``new``, ``reset``, ``compact`` and ``approve`` act on a session or a request as a whole; whoever takes the
message in carries them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openclaw.domain.chat_commands import DIRECTIVE_DIALS
from openclaw.domain.dials import SEND, TTS
from openclaw.intake.command_handlers import children, looking, setting
from openclaw.intake.command_parts import Handler

#: Carried out by whoever takes the message in.
ELSEWHERE = frozenset({"stop", "new", "reset", "compact", "approve", "pairing"})

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "help": looking.help_,
        "commands": looking.commands,
        "status": looking.status,
        "whoami": looking.whoami,
        "context": looking.context,
        "usage": setting.usage,
        **{name: setting.turn(dial, name) for name, dial in DIRECTIVE_DIALS.items()},
        "elevated": setting.elevated,
        "model": setting.model,
        "queue": setting.queue,
        "exec": setting.exec_,
        "send": setting.turn(SEND, "send"),
        "tts": setting.turn(TTS, "tts"),
        "activation": setting.activation,
        "subagents": children.subagents,
        "kill": children.kill,
        "steer": children.steer,
    }
)
