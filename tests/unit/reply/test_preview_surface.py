"""A preview by the platform's own stream, and by edits where it has none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.reply_rules import ReplyRules
from openclaw.errors import ChannelUnreachable
from openclaw.ports.channel import ChannelCapabilities, ReplyStream, SendReceipt
from openclaw.ports.send_limiter import NoLimits
from openclaw.reply.preview_surface import EditedMessage, StreamedMessage

ROUTE = ReplyRoute("slack", "default", "D1", "1.0")


class Platform:
    """An account, its editor and its stream in one; ``calls`` is what it was asked for."""

    account_id = "default"

    def __init__(self, *, streams: bool = True) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.streams = streams
        self.trouble: Exception | None = None

    message_id = "m1"

    def start_stream(self, _route: ReplyRoute) -> ReplyStream | None:
        return self if self.streams else None

    def append(self, markdown: str) -> None:
        self.calls.append(("append", markdown))

    def finish(self) -> SendReceipt:
        self.calls.append(("finish",))
        if self.trouble is not None:
            raise self.trouble
        return SendReceipt("m1")

    def send(self, _route: ReplyRoute, markdown: str) -> SendReceipt:
        self.calls.append(("send", markdown))
        return SendReceipt("m1")

    def edit(self, _route: ReplyRoute, message_id: str, markdown: str) -> None:
        self.calls.append(("edit", message_id, markdown))

    def delete(self, _route: ReplyRoute, message_id: str) -> None:
        self.calls.append(("delete", message_id))


@pytest.fixture
def open_preview():
    with ThreadPoolExecutor(1) as threads:

        def make(platform: Platform) -> StreamedMessage:
            rules, capabilities = ReplyRules(), ChannelCapabilities(edits=True)
            edited = EditedMessage(platform, platform, ROUTE, capabilities, rules, NoLimits(), threads)  # type: ignore[arg-type]
            return StreamedMessage(edited, platform, ROUTE)

        yield make


def test_only_what_is_new_is_added_and_the_end_is_told(open_preview):
    platform = Platform()
    preview = open_preview(platform)
    assert preview.show("", "One") == "m1"
    assert preview.show("m1", "One two") == "m1"
    assert preview.grows
    preview.close()
    assert platform.calls == [("append", "One"), ("append", " two"), ("finish",)]
    assert not preview.grows


def test_an_answer_that_begins_anew_is_edited_from_then_on(open_preview):
    platform = Platform()
    preview = open_preview(platform)
    preview.show("", "One")
    preview.show("m1", "Another")
    preview.show("m1", "Another one")
    assert platform.calls[1:] == [("finish",), ("edit", "m1", "Another"), ("edit", "m1", "Another one")]


def test_where_the_platform_cannot_stream_the_message_is_edited(open_preview):
    platform = Platform(streams=False)
    preview = open_preview(platform)
    preview.show("", "One")
    preview.show("m1", "One two")
    assert platform.calls == [("send", "One"), ("edit", "m1", "One two")]
    assert not preview.grows


def test_a_turn_that_goes_on_elsewhere_edits_what_the_last_one_streamed(open_preview):
    platform = Platform()
    assert open_preview(platform).show("m1", "One") == "m1"
    assert platform.calls == [("edit", "m1", "One")]


def test_a_stream_that_cannot_be_ended_is_no_reason_to_fail(open_preview):
    platform = Platform()
    platform.trouble = ChannelUnreachable("away")
    preview = open_preview(platform)
    preview.show("", "One")
    preview.remove("m1")
    assert platform.calls[1:] == [("finish",), ("delete", "m1")]
