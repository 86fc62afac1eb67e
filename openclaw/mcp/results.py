"""What an MCP server says, as ours: tools of a listing, and the text of a result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openclaw.ports.mcp import McpAnswer, McpTool

if TYPE_CHECKING:
    from mcp import types

#: Characters of a description; more is not needed to choose a tool, and every request carries it.
DESCRIPTION_CHARS = 1500
#: The most tools of one server.
MAX_TOOLS = 200


def tool_of(listed: types.Tool) -> McpTool:
    """A tool of a listing."""
    hints = listed.annotations
    return McpTool(
        listed.name,
        (listed.description or listed.title or "")[:DESCRIPTION_CHARS],
        {"type": "object", "properties": {}, **listed.input_schema},
        read_only=bool(hints and hints.read_only_hint),
    )


def answer_of(result: types.CallToolResult) -> McpAnswer:
    """A result as text; pictures, sounds and files are named and left out."""
    parts = [_part(block) for block in result.content]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    return McpAnswer("\n".join(filter(None, parts)) or "(nothing)", bool(result.is_error))


def _part(block: types.ContentBlock) -> str:
    match block.type:
        case "text":
            return block.text
        case "image" | "audio":
            return f"[{block.type} {block.mime_type}, {len(block.data) * 3 // 4} bytes, left out]"
        case "resource_link":
            return f"[{block.name}: {block.uri}]"
        case "resource":
            text = getattr(block.resource, "text", None)
            return text if isinstance(text, str) else f"[file {block.resource.uri}, left out]"
