"""What people may set of a session in words, each with its levels and the other names of them. Pure.

A dial's ``key`` is its name among a session's settings and among the options of a message and of a run. Options of a
message come before the session's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openclaw.domain.containment import SANDBOX
from openclaw.domain.speech import MODES

#: Words that take a setting back.
TAKEN_BACK = frozenset({"default", "reset", "inherit"})


@dataclass(frozen=True, slots=True)
class Dial:
    """One setting that has levels."""

    key: str
    #: What the protocol calls it.
    wire: str
    #: How people are told of it.
    title: str
    levels: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def read(self, word: str) -> str | None:
        """The level that a word means; ``None`` for one that means none."""
        said = word.strip().lower()
        said = self.aliases.get(said, said)
        return said if said in self.levels else None


#: ``on`` is for models that only know yes and no: a little is what they get anyway.
THINKING = Dial(
    "thinking",
    "thinkingLevel",
    "Thinking",
    ("off", "minimal", "low", "medium", "high", "xhigh"),
    {"highest": "high", "max": "high", "on": "low", "min": "minimal", "mid": "medium", "med": "medium"},
)
VERBOSE = Dial("verbose", "verboseLevel", "Verbose", ("off", "on", "full"))
REASONING = Dial("reasoning", "reasoningLevel", "Reasoning", ("off", "on"))
ELEVATED = Dial("elevated", "elevatedLevel", "Elevated", ("off", "on", "ask", "full"))
USAGE = Dial("usage", "responseUsage", "Usage line", ("off", "tokens", "full"), {"on": "tokens"})
SEND = Dial("send_policy", "sendPolicy", "Replies", ("allow", "deny"), {"on": "allow", "off": "deny"})
ACTIVATION = Dial("activation", "groupActivation", "Activation", ("mention", "always"))

TTS = Dial("tts", "ttsAuto", "Spoken replies", MODES, {"on": "always"})

DIALS = (THINKING, VERBOSE, REASONING, ELEVATED, USAGE, SEND, ACTIVATION, TTS)

#: The model of a session or message, ``provider/model``.
MODEL = "model"
#: Where and whether commands may run, as ``exec_policy`` names it: ``security`` and ``ask``.
EXEC = "exec"
#: What a turn takes from its session where its message says nothing.
SESSION_OPTIONS = (
    MODEL,
    EXEC,
    SANDBOX,
    *(dial.key for dial in (THINKING, VERBOSE, REASONING, ELEVATED, USAGE, SEND, TTS)),
)
