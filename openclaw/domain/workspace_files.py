"""The files of a workspace that shape its assistant."""

from __future__ import annotations

#: In the order the prompt shows them.
WORKSPACE_FILES = ("AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md")
#: The prompt shows this many characters of a file, head and tail (OpenClaw's constant).
FILE_CHARS = 20_000
