"""The files of a workspace that shape its assistant."""

from __future__ import annotations

#: In the order the prompt shows them.
WORKSPACE_FILES = ("AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md")
#: Shown in the agent's main session alone: what it holds is its owner's.
PRIVATE_FILES = ("MEMORY.md",)
#: A sub-agent knows its task and these.
SUBAGENT_FILES = ("AGENTS.md", "TOOLS.md")
#: The prompt shows this many characters of a file, head and tail (OpenClaw's constant), and of all files together.
FILE_CHARS, TOTAL_CHARS = 20_000, 100_000
