"""``browser``: pages that need a browser, read as a tree of what can be used, and used by the refs in it."""

from __future__ import annotations

import secrets
from typing import Any

from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block
from openclaw.plugins.registry import Registry
from openclaw.ports.browser import Browser, PageView
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.workspace_write import place_of, replace_file

#: Characters of a page's tree that are shown.
SNAPSHOT_CHARS = 30_000
#: Where pictures go that have no other name.
PICTURE = "screenshot.png"

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
    """One page per session."""

    spec = _SPEC
    #: A click may have bought something.
    replay = ReplayPolicy.ASK
    risk = RiskClass.NETWORK

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """Do it, and show the page as it is then."""
        check_arguments(self.spec, arguments)
        action = str(arguments["action"])
        view = self._browser.act(context.session_key, action, arguments, context.cancel)
        if action == "close":
            return ToolOutcome("The page is closed.")
        facts = [f"Address: {view.url[:2048]}", f"Title: {one_line(view.title, 200)}"]
        if action == "screenshot":
            return ToolOutcome("\n".join([*facts, _saved(view, arguments, context)]))
        shown = view.snapshot[:SNAPSHOT_CHARS]
        if len(view.snapshot) > SNAPSHOT_CHARS:
            facts.append(f"Only the first {SNAPSHOT_CHARS} of {len(view.snapshot)} characters are shown.")
        block = untrusted_block(shown or "(nothing to see)", secrets.token_hex(8))
        return ToolOutcome("\n".join([*facts, NOTE, block]))


def _saved(view: PageView, arguments: dict[str, Any], context: ToolContext) -> str:
    with place_of(context.workspace, str(arguments.get("path") or PICTURE), make_folders=True) as place:
        replace_file(place.folder, place.inside.name, view.picture)
        return f"The picture is {place.inside} ({len(view.picture)} bytes)."


def register_browser_tool(registry: Registry, browser: Browser) -> None:
    """Add the tool; it takes the browser."""
    registry.add_tool(BrowserTool(browser), source=__name__)
