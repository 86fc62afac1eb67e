"""``[memory]``: what agents remember in files, and how it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openclaw.settings.option import option

#: The models of vendors that have one for texts like these.
EMBEDDING_MODELS: Mapping[str, str] = MappingProxyType(
    {"openai": "text-embedding-3-small", "google": "gemini-embedding-001", "demo": "hash"}
)


@dataclass(frozen=True, slots=True)
class Memory:
    """``[memory]``"""

    enabled: bool = option(True, "Whether agents have a memory: `MEMORY.md` and `memory/` of the workspace, indexed.")
    provider: str = option(
        "",
        "Vendor of the vectors; an id of `[models.providers]` or a built-in one. What the files say is sent to it.",
        default_says="none: searched by words only",
    )
    model: str = option(
        "",
        "The vendor's model for vectors; another one makes all of them anew.",
        default_says="`text-embedding-3-small` for openai, `gemini-embedding-001` for google",
    )
    max_results: int = option(6, "Results of a search that says nothing else.", minimum=1, maximum=50)
    min_score: float = option(0.0, "Results below it are left out.", minimum=0, maximum=1)
    extra_paths: tuple[str, ...] = option(
        (), "More Markdown files or folders to search, relative to each agent's workspace."
    )
    flush: bool = option(
        True,
        "Whether an agent may write notes before the older part of a conversation is summarized, in private sessions.",
    )
    session_notes: bool = option(
        True, "Whether `/new` and `/reset` leave a note of the conversation in `memory/`, for private sessions."
    )
    private_sessions: tuple[str, ...] = option(
        (),
        "Sessions beside the main one and those operators name that may use memory: patterns of what stands behind "
        "`agent:<id>:`, such as `telegram:default:direct:42`. Groups never may.",
    )
