"""Which sessions are kept in the sandbox, whatever else is configured for their commands. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.domain.session_key import main_session_key, parse_session_key

#: The setting of a session that was opened to work in the sandbox, and its value.
SANDBOX, REQUIRED = "sandbox", "require"
MODES = ("off", "non-main", "all")
#: What a contained session may use where nothing is said: what stays in the sandbox and the workspace, and sessions.
CONTAINED_TOOLS = ("exec", "process", "read", "write", "edit", "apply_patch", "sessions_*", "session_status")


@dataclass(frozen=True, slots=True)
class Containment:
    """``[tools.sandbox]``"""

    mode: str = "off"
    allow: tuple[str, ...] = CONTAINED_TOOLS
    deny: tuple[str, ...] = ()

    def holds(self, session_key: str, setting: str = "") -> bool:
        """Whether a session is contained; ``setting`` is its own, which can only ask for it."""
        if setting == REQUIRED or self.mode == "all":
            return True
        main = main_session_key(parse_session_key(session_key).agent_id)
        return self.mode == "non-main" and session_key != main
