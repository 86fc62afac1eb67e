"""What is offered is what the page of the protocol says."""

from __future__ import annotations

from pathlib import Path

from openclaw.domain.scopes import EVENT_SCOPES
from web.ws import describe
from web.ws.hello import EVENTS

ROOT = Path(__file__).parents[3]
#: Sent to one connection alone, so no scope is asked for.
DIRECT = {"connect.challenge", "node.invoke.request", "node.invoke.cancel"}


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert page == describe.page(), "run: python -m web.ws.describe > docs/protocol.md"


def test_every_event_that_is_offered_has_its_audience() -> None:
    assert set(EVENTS) - DIRECT <= EVENT_SCOPES.keys()
    assert list(EVENTS) == sorted(EVENTS)
