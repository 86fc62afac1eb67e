"""``image``: what a picture of the workspace or of the web shows, for models that do not see, or to a question."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from openclaw.domain.media import LOOKED_AT_BYTES
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, untrusted_block
from openclaw.errors import ToolError
from openclaw.net.guarded import Bounds, Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.private_files import keep_private
from openclaw.tools.workspace_path import open_in_workspace

#: How long its download may take, in seconds.
FETCH_SECONDS = 30.0

_SPEC = ToolSpec(
    name="image",
    description="Describe a picture, which is a file of the workspace or an address, or answer a question about it.",
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "A file of the workspace."},
            "url": {"type": "string", "description": "In place of a path."},
            "question": {"type": "string", "maxLength": 2_000},
        },
        "additionalProperties": False,
    },
)

#: Says what a picture shows: its content, and a question, which may be empty. Raises InvalidRequest, ProviderError.
Describe = Callable[[bytes, str], str]


class ImageTool:
    """Has a model that sees look at it."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(self, describe: Describe, fetcher: Fetcher | None) -> None:
        self._describe = describe
        self._fetcher = fetcher

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """What it shows, between marks: a picture may hold words that somebody else put there."""
        check_arguments(self.spec, arguments)
        context.cancel.raise_if_cancelled()
        content = self._content(arguments, context)
        said = self._describe(content, str(arguments.get("question") or ""))
        return ToolOutcome(f"{NOTE}\n{untrusted_block(said.strip() or '(nothing)', secrets.token_hex(8))}")

    def _content(self, arguments: dict[str, Any], context: ToolContext) -> bytes:
        path, url = arguments.get("path"), arguments.get("url")
        if bool(path) == bool(url):
            raise ToolError("Give either a path or a url.")
        if path:
            keep_private(context, path)
            with open_in_workspace(context.workspace, path) as file:
                content = file.read(LOOKED_AT_BYTES + 1)
        elif self._fetcher is None:
            raise ToolError("Addresses cannot be fetched here; give a path.")
        else:
            answer = self._fetcher.fetch(str(url), Bounds(FETCH_SECONDS, LOOKED_AT_BYTES + 1), {})
            content = answer.body
        if len(content) > LOOKED_AT_BYTES:
            raise ToolError(f"The picture is larger than {LOOKED_AT_BYTES} bytes.")
        return content


def register_image_tool(registry: Registry, describe: Describe, fetcher: Fetcher | None) -> None:
    """Add the tool; it takes who looks, and what fetches."""
    registry.add_tool(ImageTool(describe, fetcher), source=__name__)
