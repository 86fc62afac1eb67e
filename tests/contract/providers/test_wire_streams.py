"""Streams as vendors really send them, over the families that speak HTTP."""

from __future__ import annotations

from contextlib import ExitStack, closing

import pytest

from openclaw.domain.run import Usage
from openclaw.errors import Overloaded, ProviderTimeout, RunAborted
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import TextDelta, ThinkingDelta, ThinkingDone
from tests.contract.providers.calls import Asking, ask, calls_of, events_of, stop_of, text_of, usage_of
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.families import WIRE_FAMILIES, arguments, open_provider, stream_of
from tests.waiting import wait_until
from tests.wire.sse_server import BREAK, HANG, Reply, cut


@pytest.mark.parametrize(("stop", "expected"), [("stop", "stop"), ("length", "length")])
def test_stop_reasons_are_ours(vendor: Vendor, stop: str, expected: str) -> None:
    vendor.server.script(stream_of(vendor.family.text("Hi", stop=stop)))
    assert stop_of(events_of(vendor.provider, ask("hello"))) == expected


@pytest.mark.needs("refusals")
def test_a_refusal_is_a_reason_to_stop(vendor: Vendor) -> None:
    vendor.server.script(stream_of(vendor.family.text("Hi", stop="refusal")))
    assert stop_of(events_of(vendor.provider, ask("hello"))) == "refusal"


@pytest.mark.needs("call ids")
def test_parallel_tool_calls_come_whole_and_in_order(vendor: Vendor) -> None:
    pieces = cut(arguments({"city": "Genève"}).encode(), 5)
    split = [piece.decode() for piece in pieces]
    vendor.server.script(
        stream_of(vendor.family.tools(("id1", "weather", split), ("id2", "clock", []), ("id3", "weather", ["{}"])))
    )
    events = events_of(vendor.provider, ask("hello"))
    calls = [(call.id, call.name, call.arguments) for call in calls_of(events)]
    assert calls == [("id1", "weather", {"city": "Genève"}), ("id2", "clock", {}), ("id3", "weather", {})]
    assert stop_of(events) == "tool_calls"


@pytest.mark.needs("streamed arguments")
def test_parallel_calls_may_come_with_their_pieces_by_turns(vendor: Vendor) -> None:
    weather, clock = ("id1", "weather", ['{"city":', ' "Gen', 'ève"}']), ("id2", "clock", ['{"zone"', ': "CET"}'])
    vendor.server.script(Reply(cut(vendor.family.interleaved(weather, clock), 11)))
    events = events_of(vendor.provider, ask("hello"))
    calls = [(call.id, call.name, call.arguments) for call in calls_of(events)]
    assert calls == [("id1", "weather", {"city": "Genève"}), ("id2", "clock", {"zone": "CET"})]
    assert stop_of(events) == "tool_calls"


@pytest.mark.needs("streamed arguments")
@pytest.mark.parametrize("raw", ['{"city": "Be', "[1, 2]", '"Bern"', "{city: Bern}"])
def test_broken_tool_arguments_are_handed_on_as_they_came(vendor: Vendor, raw: str) -> None:
    vendor.server.script(stream_of(vendor.family.tools(("id1", "weather", [raw]))))
    (call,) = calls_of(events_of(vendor.provider, ask("hello")))
    assert (call.arguments, call.raw) == (None, raw)


@pytest.mark.needs("cached usage")
def test_usage_counts_cached_input_apart(vendor: Vendor) -> None:
    vendor.server.script(stream_of(vendor.family.counted(fresh=120, cached=1000, output=42)))
    usage = usage_of(events_of(vendor.provider, ask("hello")))
    assert usage == Usage(input_tokens=120, output_tokens=42, cache_read_tokens=1000)


def test_thinking_comes_apart_from_the_answer(vendor: Vendor) -> None:
    vendor.server.script(stream_of(vendor.family.thinking(["Let me ", "think."], "Yes.")))
    events = events_of(vendor.provider, ask("hello"))
    assert [event.text for event in events if isinstance(event, ThinkingDelta)] == ["Let me ", "think."]
    (done,) = [event for event in events if isinstance(event, ThinkingDone)]
    assert done.block.text == "Let me think."
    assert text_of(events) == "Yes."
    kinds = [type(event) for event in events]
    assert kinds.index(ThinkingDone) < kinds.index(TextDelta)


def test_characters_split_across_chunks_are_put_together(vendor: Vendor) -> None:
    data = vendor.family.text("Grüße, ", "你好 🦞")
    vendor.server.script(Reply(cut(data, 3)))
    assert text_of(events_of(vendor.provider, ask("hello"))) == "Grüße, 你好 🦞"


@pytest.mark.needs("events")
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_of_the_standard_is_read(vendor: Vendor, line_end: bytes) -> None:
    data = vendor.family.text("one ", "two").replace(b"\n", line_end)
    vendor.server.script(Reply(cut(data, 7)), Reply([data]))
    for _ in range(2):
        assert text_of(events_of(vendor.provider, ask("hello"))) == "one two"


def test_pings_and_comments_are_no_events(vendor: Vendor) -> None:
    silence = vendor.family.silence()
    vendor.server.script(Reply([silence, vendor.family.unfinished(), silence * 3, vendor.family.text("Hi")]))
    events = events_of(vendor.provider, ask("hello"))
    assert text_of(events) == "Hi"
    assert all(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("said", ["pings", "words"])
def test_whatever_comes_holds_off_the_idle_timeout(said: str) -> None:
    """Every family at once: the test waits for real."""
    with ExitStack() as opened:
        askings = []
        for family in WIRE_FAMILIES.values():
            server = opened.enter_context(family.server_class())
            provider = opened.enter_context(closing(open_provider(family.api, server.base_url)))
            pieces = (
                [family.silence()] * 4 if said == "pings" else cut(family.text("Hi"), len(family.text("Hi")) // 4 + 1)
            )
            steps = [step for piece in pieces for step in (piece, 0.25)]
            server.script(Reply([*steps, *([family.text("Hi")] if said == "pings" else [])]))
            askings.append(Asking(provider, ask("hello", idle_timeout_seconds=0.8)))
        assert [asking.end() for asking in askings] == [None] * len(askings)
        assert {text_of(asking.events) for asking in askings} == {"Hi"}


def test_empty_deltas_are_no_events(vendor: Vendor) -> None:
    vendor.server.script(stream_of(vendor.family.empty_deltas()))
    events = events_of(vendor.provider, ask("hello"))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["a", "b"]


@pytest.mark.parametrize("ending", [[BREAK], []], ids=["cut", "closed politely"])
def test_a_stream_that_stops_short_is_a_timeout(vendor: Vendor, ending: list) -> None:
    vendor.server.script(Reply([vendor.family.unfinished("Hel", "lo"), *ending]))
    asking = Asking(vendor.provider, ask("hello"))
    assert isinstance(asking.end(), ProviderTimeout)
    assert text_of(asking.events) == "Hello"


def test_half_an_event_at_the_end_is_dropped(vendor: Vendor) -> None:
    vendor.server.script(Reply([vendor.family.unfinished("Hi") + vendor.family.unfinished("lost")[:-20]]))
    asking = Asking(vendor.provider, ask("hello"))
    assert isinstance(asking.end(), ProviderTimeout)


@pytest.mark.needs("text")
def test_an_answer_that_is_no_stream_is_a_timeout(vendor: Vendor) -> None:
    vendor.server.script(Reply([b"<html>hello</html>"], content_type="text/html"))
    with pytest.raises(ProviderTimeout):
        events_of(vendor.provider, ask("hello"))


def test_data_that_is_not_json_is_the_vendors_failure(vendor: Vendor) -> None:
    vendor.server.script(stream_of(b"data: {oops\n\n"))
    with pytest.raises(Overloaded):
        events_of(vendor.provider, ask("hello"))


def test_an_error_inside_the_stream_is_raised_after_what_came_before(vendor: Vendor) -> None:
    vendor.server.script(stream_of(vendor.family.unfinished("Hel") + vendor.family.error_event()))
    asking = Asking(vendor.provider, ask("hello"))
    assert isinstance(asking.end(), Overloaded)
    assert text_of(asking.events) == "Hel"


def test_a_vendor_that_leaves_the_stream_open_after_the_end_does_not_hold_up_the_answer(vendor: Vendor) -> None:
    vendor.server.script(Reply([vendor.family.text("Hi"), HANG]))
    assert stop_of(events_of(vendor.provider, ask("hello", idle_timeout_seconds=3600))) == "stop"
    assert text_of(events_of(vendor.provider, ask("again")))


def test_a_finished_stream_leaves_its_connection_for_the_next(vendor: Vendor) -> None:
    provider = open_provider(vendor.family.api, vendor.base_url)
    for _ in range(5):
        events_of(provider, ask("hello"))
    assert vendor.server.stats()["connections"] == 1
    provider.close()


def test_a_cancel_closes_the_stream_at_the_vendor(vendor: Vendor) -> None:
    vendor.server.script(Reply([vendor.family.unfinished("Hi"), HANG]))
    asking = Asking(vendor.provider, ask("hello"))
    wait_until(lambda: text_of(asking.events), what="the first piece")
    asking.cancel.cancel("stop")
    assert isinstance(asking.end(), RunAborted)
    wait_until(lambda: vendor.server.stats()["aborted"] == 1, what="the vendor to see it")


def test_a_cancel_ends_the_wait_for_the_first_byte(vendor: Vendor) -> None:
    """A model may think for minutes before it answers; the connection may be one that an earlier call has used."""
    for earlier in (0, 2):
        vendor.server.script(Reply([HANG], mute=True))
        asking = Asking(vendor.provider, ask("hello", idle_timeout_seconds=3600))
        wait_until(lambda: vendor.server.stats()["requests"] == earlier + 1, what="the request")  # noqa: B023
        asking.cancel.cancel("stop")
        assert isinstance(asking.end(), RunAborted)
        wait_until(lambda: vendor.server.stats()["active"] == 0, what="the vendor to see it")
        assert text_of(events_of(vendor.provider, ask("hello")))


def test_a_reader_that_stops_early_closes_the_stream(vendor: Vendor) -> None:
    vendor.server.script(Reply([vendor.family.unfinished("Hi"), HANG]))
    stream = vendor.provider.stream(ask("hello"), CancelToken())
    next(stream)
    stream.close()
    wait_until(lambda: vendor.server.stats()["aborted"] == 1, what="the vendor to see it")
