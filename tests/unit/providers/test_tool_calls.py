"""Tool calls between transcript and vendor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw.domain.transcript import ToolCallBlock
from openclaw.providers.openai_compatible.tool_pieces import ToolPieces
from openclaw.providers.tool_calls import arguments_to_send, finished_call, portable_id


@pytest.mark.parametrize(
    ("raw", "arguments"), [("", {}), ("  ", {}), ("{}", {}), ('{"a": 1}', {"a": 1}), ("[1]", None), ("{", None)]
)
def test_arguments_are_an_object_or_kept_raw(raw: str, arguments: dict | None) -> None:
    call = finished_call("id", "name", raw)
    assert call.arguments == arguments
    assert call.raw == ("" if arguments is not None else raw)


def test_a_missing_id_is_made_up_and_differs_each_time() -> None:
    first, second = finished_call("", "name", ""), finished_call("", "name", "")
    assert first.id
    assert first.id != second.id


def test_broken_arguments_go_back_as_an_object() -> None:
    assert arguments_to_send(ToolCallBlock("id", "name", None, "{oops")) == {"INVALID_JSON": "{oops"}


@given(first=st.text(max_size=80), second=st.text(max_size=80))
def test_portable_ids_are_short_plain_stable_and_distinct(first: str, second: str) -> None:
    made = portable_id(first, 40)
    assert made == portable_id(first, 40)
    assert len(made) <= 40
    assert all(c.isascii() and (c.isalnum() or c in "_-") for c in made)
    assert (made == portable_id(second, 40)) == (first == second)


def test_a_plain_id_stays_as_it_is() -> None:
    assert portable_id("toolu_01AbC-9", 40) == "toolu_01AbC-9"


def pieces(*parts: dict) -> list[tuple[str, str, dict | None]]:
    put_together = ToolPieces()
    for part in parts:
        put_together.add(part)
    return [(call.id, call.name, call.arguments) for call in put_together.finish()]


def part(
    index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: object = None
) -> dict:
    made: dict = {"function": {"name": name, "arguments": arguments}, "id": call_id}
    if index is not None:
        made["index"] = index
    return made


TWO_CALLS = [("a", "f", {"x": 1}), ("b", "g", {"y": 2})]


def test_pieces_go_to_the_call_of_their_index() -> None:
    assert (
        pieces(
            part(0, "a", "f", ""), part(1, "b", "g", '{"y"'), part(0, arguments='{"x": 1}'), part(1, arguments=": 2}")
        )
        == TWO_CALLS
    )


def test_without_an_index_a_new_id_begins_a_new_call() -> None:
    assert (
        pieces(part(None, "a", "f", '{"x"'), part(None, None, None, ": 1}"), part(None, "b", "g", '{"y": 2}'))
        == TWO_CALLS
    )


def test_an_index_that_is_always_zero_does_not_mix_calls() -> None:
    assert pieces(part(0, "a", "f", '{"x": 1}'), part(0, "b", "g", '{"y": 2}')) == TWO_CALLS


def test_an_id_repeated_in_every_piece_is_one_call() -> None:
    assert pieces(part(0, "a", "f", '{"x"'), part(0, "a", "f", ": 1}")) == TWO_CALLS[:1]


def test_arguments_may_come_as_an_object() -> None:
    assert pieces(part(0, "a", "f", {"x": 1})) == TWO_CALLS[:1]


def test_a_call_without_an_id_gets_one() -> None:
    ((call_id, name, arguments),) = pieces(part(0, None, "f", "{}"))
    assert call_id.startswith("call_")
    assert (name, arguments) == ("f", {})
