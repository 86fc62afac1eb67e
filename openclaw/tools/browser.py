"""``browser``: pages that need a browser, read as a tree of what can be used, and used by the refs in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block
from openclaw.errors import ToolError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.workspace_write import place_of, replace_file

#: Characters of a page's tree that are shown.
SNAPSHOT_CHARS = 30_000
#: Where pictures go that have no other name.
PICTURE = "screenshot.png"

#: What the model hears when the time was over.
NO_ANSWER = (
    "The browser did not answer in time, so it is not known whether this was done. Look at the page before going on; "
    "if there is none, navigate again. Tell the person if it stays so: a worker for the queue `browser` may be missing."
)

#: The content of a kept picture.
ReadPicture = Callable[[str], bytes | None]


class Browsers(Protocol):
    """What reaches the workers that have a browser."""

    def ask(self, action: str, arguments: Mapping[str, Any], context: ToolContext) -> Suspension:
        """Have it done, once for this very call. Raises StoreUnavailable."""
        ...


_SPEC = ToolSpec(
    name="browser",
    description=(
        "Use a web page in a real browser. navigate opens an address; every action but screenshot and close shows the "
        "page as a tree in which elements have a ref, such as [ref=e12], for click, type and select. Refs hold until "
        "the next action. Only public addresses. To read a page, web_fetch is quicker."
    ),
    parameters={
        "type": "object",
        "properties": {
            "action": {
                "type": "string",
                "enum": ["navigate", "snapshot", "click", "type", "press", "select", "screenshot", "back", "close"],
            },
            "url": {"type": "string", "maxLength": 4096, "description": "For navigate."},
            "ref": {"type": "string", "maxLength": 32, "description": "For click, type, select and press."},
            "text": {"type": "string", "maxLength": 20_000, "description": "For type; replaces what is there."},
            "submit": {"type": "boolean", "description": "For type: press Enter afterwards."},
            "key": {"type": "string", "maxLength": 64, "description": "For press, such as Enter or Control+A."},
            "values": {"type": "array", "items": {"type": "string"}, "maxItems": 50, "description": "For select."},
            "path": {"type": "string", "maxLength": 512, "description": "For screenshot: a file of the workspace."},
            "full_page": {"type": "boolean", "description": "For screenshot."},
        },
        "required": ["action"],
        "additionalProperties": False,
    },
)


class BrowserTool:
    """One page per session, in a worker that has a browser: the turn waits for it without holding a slot."""

    spec = _SPEC
    #: A click may have bought something.
    replay = ReplayPolicy.ASK
    risk = RiskClass.NETWORK

    def __init__(self, browsers: Browsers, picture: ReadPicture) -> None:
        self._browsers = browsers
        self._picture = picture

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome | Suspension:
        """Do it, and show the page as it is then."""
        check_arguments(self.spec, arguments)
        action = str(arguments["action"])
        if context.answer is None:
            return self._browsers.ask(action, arguments, context)
        view = context.answer
        if "error" in view:
            raise ToolError(str(view["error"]))
        if "url" not in view:
            raise ToolError(NO_ANSWER)
        if action == "close":
            return ToolOutcome("The page is closed.")
        facts = [f"Address: {view['url'][:2048]}", f"Title: {one_line(view['title'], 200)}"]
        if action == "screenshot":
            return ToolOutcome("\n".join([*facts, self._saved(str(view.get("picture")), arguments, context)]))
        snapshot = view["snapshot"]
        if len(snapshot) > SNAPSHOT_CHARS:
            facts.append(f"Only the first {SNAPSHOT_CHARS} of {len(snapshot)} characters are shown.")
        block = untrusted_block(snapshot[:SNAPSHOT_CHARS] or "(nothing to see)", secrets.token_hex(8))
        return ToolOutcome("\n".join([*facts, NOTE, block]))

    def _saved(self, picture_id: str, arguments: dict[str, Any], context: ToolContext) -> str:
        picture = self._picture(picture_id)
        if picture is None:
            raise ToolError("The picture is gone; take another one.")
        with place_of(context.workspace, str(arguments.get("path") or PICTURE), make_folders=True) as place:
            replace_file(place.folder, place.inside.name, picture)
            return f"The picture is {place.inside} ({len(picture)} bytes)."


def register_browser_tool(registry: Registry, browsers: Browsers, picture: ReadPicture) -> None:
    """Add the tool; it takes what reaches the browsers, and their pictures by id."""
    registry.add_tool(BrowserTool(browsers, picture), source=__name__)
