"""Server-sent events, however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.providers.sse import iter_data, iter_data_or_whole
from tests.wire.sse_server import cut

STREAM = 'event: a\ndata: {"x": "é🦞"}\n\n: comment\n\nid: 7\ndata:tight\n\ndata: two\ndata: lines\n\n'.encode()
EVENTS = ['{"x": "é🦞"}'.encode(), b"tight", b"two\nlines"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@given(size=st.integers(1, 40))
def test_events_do_not_depend_on_the_cuts(end: bytes, size: int) -> None:
    assert list(iter_data(cut(STREAM.replace(b"\n", end), size))) == EVENTS


def test_an_event_is_given_as_soon_as_it_is_complete() -> None:
    def chunks() -> object:
        yield b"data: one\n\n"
        raise AssertionError("asked for more before the event was given")

    assert next(iter_data(chunks())) == b"one"


def test_an_event_without_its_last_empty_line_counts_when_its_line_is_whole() -> None:
    assert list(iter_data([b"data: one\n\ndata: [DONE]\n"])) == [b"one", b"[DONE]"]
    assert list(iter_data([b"data: one\r\rdata: [DONE]\r"])) == [b"one", b"[DONE]"]


def test_half_a_line_at_the_end_is_dropped() -> None:
    assert list(iter_data([b'data: one\n\ndata: {"half'])) == [b"one"]


@pytest.mark.parametrize("chunks", [[], [b""], [b"\n\n\n"], [b": only a comment\n\n"], [b"event: ping\n\n"]])
def test_nothing_is_no_event(chunks: list[bytes]) -> None:
    assert list(iter_data(chunks)) == []


@given(size=st.integers(1, 40))
def test_a_plain_answer_is_one_piece_however_it_is_cut_and_events_are_events(size: int) -> None:
    plain = b'\n\n{"error":\n\n"no luck"}'
    assert list(iter_data_or_whole(cut(plain, size))) == [plain]
    assert list(iter_data_or_whole(cut(b"\n\n" + STREAM, size))) == EVENTS
    assert list(iter_data_or_whole([])) == []
