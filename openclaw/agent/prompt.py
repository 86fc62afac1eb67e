"""The system prompt. Deterministic for the same configuration, so that vendors' prompt caches hit."""

from __future__ import annotations

from pathlib import Path

from openclaw.domain.workspace_files import FILE_CHARS, WORKSPACE_FILES

INTRODUCTION = (
    "You are {name}, a helpful assistant that people reach through chat. Answer plainly and briefly, in the language "
    "of the person. Use a tool when it gets you facts you lack; never invent a tool's result. "
    "If there is nothing to say, answer with exactly NO_REPLY."
)


def system_prompt(name: str, workspace: Path, instructions: str = "", extra: str = "") -> str:
    """Join the introduction, the operator's instructions, the workspace files and the turn's own wishes."""
    parts = [INTRODUCTION.format(name=name)]
    if instructions:
        parts.append(instructions.strip())
    for file_name in WORKSPACE_FILES:
        text = _read(workspace / file_name)
        if text:
            parts.append(f"## {file_name}\n{text}")
    if extra:
        parts.append(extra.strip())
    return "\n\n".join(parts)


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
    if len(text) <= FILE_CHARS:
        return text
    half = FILE_CHARS // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
