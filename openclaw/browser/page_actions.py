"""What can be done in a page. Runs on the browser's thread, over Playwright's synchronous API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from openclaw.errors import ToolError
from openclaw.net.guarded_proxy import REFUSED

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_REF = re.compile(r"(?:f\d+)?e\d+")
#: Pages that begin without a network.
_BLANK = "about:blank"

Action = Callable[["Page", Mapping[str, Any]], None]


def check_address(url: str) -> None:
    """Raise ToolError for what is no page of the web; where it leads is the proxy's affair."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ToolError(f"{url[:200]!r}: only http and https addresses are opened.")
    if parts.username is not None or parts.password is not None:
        raise ToolError("An address with a user name or a password is not opened.")


def located(page: Page, arguments: Mapping[str, Any]) -> Locator:
    """The element of a ref of the last snapshot."""
    ref = str(arguments.get("ref") or "")
    if not _REF.fullmatch(ref):
        raise ToolError("Name the element by its ref from the last snapshot, such as e12.")
    return page.locator(f"aria-ref={ref}")


def _navigate(page: Page, arguments: Mapping[str, Any]) -> None:
    url = str(arguments.get("url") or "")
    check_address(url)
    answer = page.goto(url, wait_until="domcontentloaded")
    if answer is not None and REFUSED in answer.headers:
        raise ToolError(f"{page.url[:200]} is not a public address.")


def _type(page: Page, arguments: Mapping[str, Any]) -> None:
    field = located(page, arguments)
    field.fill(str(arguments.get("text") or ""))
    if arguments.get("submit"):
        field.press("Enter")


def _press(page: Page, arguments: Mapping[str, Any]) -> None:
    key = str(arguments.get("key") or "")
    if not key:
        raise ToolError("Name a key, such as Enter or Control+A.")
    if arguments.get("ref"):
        located(page, arguments).press(key)
    else:
        page.keyboard.press(key)


def _select(page: Page, arguments: Mapping[str, Any]) -> None:
    located(page, arguments).select_option(label=list(arguments.get("values") or ()))


def _back(page: Page, _: Mapping[str, Any]) -> None:
    if page.go_back(wait_until="domcontentloaded") is None and page.url == _BLANK:
        raise ToolError("There is no page to go back to.")


def _nothing(_page: Page, _arguments: Mapping[str, Any]) -> None: ...


ACTIONS: Mapping[str, Action] = {
    "navigate": _navigate,
    "snapshot": _nothing,
    "click": lambda page, arguments: located(page, arguments).click(),
    "type": _type,
    "press": _press,
    "select": _select,
    "screenshot": _nothing,
    "back": _back,
}
