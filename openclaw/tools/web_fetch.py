"""``web_fetch``: a page of the web as text that can be read."""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import Any

from openclaw.domain.pruning import shorten
from openclaw.domain.run import ReplayPolicy, RiskClass
from openclaw.domain.untrusted import NOTE, one_line, untrusted_block
from openclaw.errors import ToolError
from openclaw.net.guarded import Bounds, Fetched, Fetcher
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ToolSpec
from openclaw.ports.tool import ToolContext, ToolOutcome
from openclaw.tools.arguments import check_arguments
from openclaw.tools.kept import Kept

#: Characters of a page, and the most that may be asked for (OpenClaw's constants).
DEFAULT_CHARS, MAX_CHARS = 50_000, 200_000
#: How long a page is kept, in seconds, and how many.
CACHE_SECONDS, CACHE_PAGES = 15 * 60, 64
_HEADERS = {
    "user-agent": "Mozilla/5.0 (compatible; OpenClaw)",
    "accept": "text/html,application/xhtml+xml,text/*;q=0.9,application/json;q=0.9,*/*;q=0.1",
}
_TEXT = ("text/", "application/json", "application/xml", "application/xhtml", "application/javascript")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_META_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)

_SPEC = ToolSpec(
    name="web_fetch",
    description="Fetch a page of the web and show what can be read on it, as Markdown. Only public addresses.",
    parameters={
        "type": "object",
        "properties": {
            "url": {"type": "string", "maxLength": 4096, "description": "An http or https address."},
            "max_chars": {"type": "integer", "minimum": 100, "maximum": MAX_CHARS},
            "raw": {"type": "boolean", "description": "Show the page's source instead."},
        },
        "required": ["url"],
        "additionalProperties": False,
    },
)


class WebFetchTool:
    """Fetches through the guarded way; pages are kept for a quarter of an hour."""

    spec = _SPEC
    replay = ReplayPolicy.SAFE
    risk = RiskClass.NETWORK

    def __init__(self, fetcher: Fetcher, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - frozen
        self._fetcher = fetcher
        self._bounds = bounds
        self._pages: Kept[str, Fetched] = Kept(CACHE_SECONDS, CACHE_PAGES)

    def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutcome:
        """The page between marks, with where it came from."""
        check_arguments(self.spec, arguments)
        context.cancel.raise_if_cancelled()
        url = arguments["url"]
        page = self._pages.get(url, lambda: self._fetcher.fetch(url, self._bounds, _HEADERS))
        kind = page.content_type.partition(";")[0].strip().lower() or "unknown"
        if not kind.startswith(_TEXT) and kind != "unknown":
            raise ToolError(f"{page.url}: is {one_line(kind, 80)}, which cannot be shown as text.")
        source = decoded(page)
        is_page = "html" in kind or (kind == "unknown" and "<html" in source[:2000].lower())
        text = readable(source) if is_page and not arguments.get("raw") else source
        title = _TITLE.search(source) if is_page else None
        shown = shorten(text.strip(), arguments.get("max_chars", DEFAULT_CHARS))
        facts = [f"Address: {page.url}", f"Status: {page.status}, {one_line(kind, 80)}"]
        if title is not None:
            facts.append(f"Title: {one_line(title[1], 200)}")
        if page.cut:
            facts.append(f"Only the first {len(page.body)} bytes were fetched.")
        block = untrusted_block(shown or "(nothing to read)", secrets.token_hex(8))
        return ToolOutcome("\n".join([*facts, NOTE, block]), is_error=page.status >= HTTPStatus.BAD_REQUEST)


def decoded(page: Fetched) -> str:
    """The text of a page: by what its header says, else what its head says, else UTF-8."""
    said = re.search(r"charset=\"?([A-Za-z0-9_-]+)", page.content_type)
    meta = _META_CHARSET.search(page.body[:4096])
    names = [said[1] if said else "", meta[1].decode("ascii") if meta else "", "utf-8"]
    for name in filter(None, names):
        try:
            return page.body.decode(name, "replace")
        except LookupError:
            continue
    return page.body.decode("utf-8", "replace")


def readable(source: str) -> str:
    """What a person would read of a page, as Markdown; its bare text where nothing looks like that."""
    # A slow import, and few turns fetch.
    import trafilatura

    found = trafilatura.extract(source, output_format="markdown", include_links=True, include_tables=True)
    return found or trafilatura.html2txt(source) or ""


def register_web_fetch(registry: Registry, fetcher: Fetcher) -> None:
    """Add the tool; it takes the rules by which it fetches."""
    registry.add_tool(WebFetchTool(fetcher), source=__name__)
