"""A run's stream in OpenClaw's words: compared with recordings of its own gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.events import EventKind, RunEvent, RunRef
from web.ws.payloads import Emission
from web.ws.translate import RunTranslator, ended_elsewhere

FRAMES = Path(__file__).parents[2] / "wire" / "openclaw" / "frames"
REF = RunRef("run-1", 1, "agent:main:x", "main", 1)

Told = list[tuple[str, dict[str, Any]]]


def recorded(name: str) -> Told:
    """The ``chat`` and ``agent`` events of a recording, in order."""
    frames = [json.loads(line)["frame"] for line in (FRAMES / f"{name}.jsonl").read_text().splitlines()]
    return [(f["event"], f["payload"]) for f in frames if f.get("event") in {"chat", "agent"}]


def stream_of(told: Told) -> Iterator[RunEvent]:
    """The stream from which a recording could have come."""
    offset, final = 0, {}
    for event, payload in told:
        if event == "chat":
            final = payload if payload["state"] in {"final", "aborted", "error"} else final
            if payload["state"] == "aborted":
                text = payload["message"]["content"][0]["text"]
                facts = {"status": "aborted", "stop_reason": payload["stopReason"], "text": text}
                yield RunEvent(EventKind.END, facts, payload["message"]["timestamp"])
                return
            continue
        data, at_ms = payload["data"], payload["ts"]
        match payload["stream"], data.get("phase"):
            case "run_status", phase:
                yield RunEvent(EventKind.STATUS, {"phase": phase}, at_ms)
            case "lifecycle", "start":
                facts = {"started_at_ms": data["startedAt"], "session_id": payload["sessionId"]}
                yield RunEvent(EventKind.START, facts, at_ms)
            case "lifecycle", "model":
                yield RunEvent(EventKind.MODEL, {"provider": data["provider"], "model": data["model"]}, at_ms)
            case "assistant", _:
                facts = {"delta": data["delta"], "offset": offset, "item": data["itemId"]}
                offset += len(data["delta"])
                yield RunEvent(EventKind.TEXT, facts, at_ms)
            case "usage", _:
                yield RunEvent(EventKind.USAGE, {"output_tokens": data["outputTokens"]}, at_ms)
            case "tool", "start":
                facts = {"call_id": data["toolCallId"], "name": data["name"], "args": data["args"]}
                yield RunEvent(EventKind.TOOL_START, facts, at_ms)
            case "tool", "result":
                text = data["result"]["content"][0]["text"]
                facts = {"call_id": data["toolCallId"], "name": data["name"], "text": text, "is_error": False}
                yield RunEvent(EventKind.TOOL_END, facts, at_ms)
            case "lifecycle", "end":
                facts = {"status": "succeeded", "stop_reason": data["stopReason"], "ended_at_ms": data["endedAt"]}
                yield RunEvent(EventKind.END, facts | {"text": data["terminalReply"]["text"]}, at_ms)
            case "lifecycle", "error":
                facts = {"status": "failed", "error": data["error"], "error_kind": "bad_request"}
                yield RunEvent(EventKind.END, facts | {"ended_at_ms": data["endedAt"]}, at_ms)


def translated(told: Told) -> Told:
    run = RunRef(told[0][1]["runId"], 1, told[0][1]["sessionKey"], "main", 1)
    translator = RunTranslator(run)
    emissions = [e for event in stream_of(told) for e in translator.take(event, event.at_ms)]
    return [(e.event, e.payload) for e in emissions]


def outline(told: Told) -> list[tuple[Any, ...]]:
    """What must be the same: which events, in which order, saying what."""
    return [
        (
            event,
            payload.get("state") or payload["stream"],
            payload.get("phase") or payload.get("data", {}).get("phase"),
            payload.get("deltaText") or payload.get("data", {}).get("delta"),
            payload.get("message", {}).get("content") or payload.get("data", {}).get("text"),
        )
        for event, payload in told
    ]


@pytest.mark.parametrize("name", ["py-chat-send", "py-chat-tool"])
def test_a_turn_is_told_as_recorded(name: str) -> None:
    told = recorded(name)
    assert outline(translated(told)) == outline(told)


def test_an_aborted_turn_is_told_as_recorded() -> None:
    told = recorded("py-chat-abort")
    end = next(i for i, (_, payload) in enumerate(told) if payload.get("state") == "aborted")
    # The recorded gateway heard its provider once more after the abort; ours does not listen any longer.
    late = [i for i, (_, p) in enumerate(told) if i > end and p.get("data", {}).get("provider") == "mock"]
    told = [event for i, event in enumerate(told) if i not in late]
    assert outline(translated(told)) == outline(told)


def test_a_failed_turn_is_told_as_recorded() -> None:
    # Its fallback chain and the second, textual error are its own.
    told = [
        (event, payload)
        for event, payload in recorded("py-model-error")
        if payload.get("data", {}).get("phase") != "fallback_step" and "⚠️" not in payload.get("errorMessage", "")
    ]
    ours = translated(told)
    assert outline(ours) == outline(told)
    assert ours[-1][1]["errorMessage"] == told[-1][1]["errorMessage"]
    assert ours[-1][1]["errorDetail"]["failoverReason"] == told[-1][1]["errorDetail"]["failoverReason"]


@pytest.mark.parametrize("name", ["py-chat-send", "py-chat-tool", "py-chat-abort"])
def test_payloads_have_no_fields_that_openclaw_does_not_know(name: str) -> None:
    told = recorded(name)
    known: dict[tuple[Any, ...], set[str]] = {}
    for (_, payload), key in zip(told, outline(told), strict=True):
        known.setdefault(key[:3], set()).update(payload, payload.get("data", {}))
    for (event, payload), key in zip(ours := translated(told), outline(ours), strict=True):
        extra = {*payload, *payload.get("data", {})} - known[key[:3]]
        assert extra <= {"sessionId"}, (event, key, extra)


def test_the_counter_is_shared_and_never_falls() -> None:
    seqs = [payload["seq"] for _, payload in translated(recorded("py-chat-tool"))]
    assert seqs == sorted(seqs)
    assert seqs[0] == 1


# --- pace and loss ------------------------------------------------------------------------------------------------


def text(delta: str, offset: int, item: str = "1", *, replace: bool = False, at_ms: int = 0) -> RunEvent:
    return RunEvent(EventKind.TEXT, {"delta": delta, "offset": offset, "item": item, "replace": replace}, at_ms)


def chats(emissions: list[Emission]) -> list[tuple[str, bool]]:
    return [(e.payload["deltaText"], e.payload.get("replace", False)) for e in emissions if e.event == "chat"]


def test_chat_deltas_keep_their_distance_and_held_text_is_flushed() -> None:
    translator = RunTranslator(REF)
    assert chats(translator.take(text("a", 0), 1000)) == [("a", False)]
    assert chats(translator.take(text("b", 1), 1030)) == []
    assert translator.held
    assert chats(translator.flush(1050)) == [("b", False)]
    assert not translator.held
    assert translator.flush(1051) == []
    assert chats(translator.take(text("c", 2), 1100)) == [("c", False)]


def test_trailing_space_is_not_shown_until_more_follows() -> None:
    translator = RunTranslator(REF)
    assert chats(translator.take(text("a \n", 0), 0)) == [("a", False)]
    assert translator.take(text(" ", 3), 100) == []
    assert chats(translator.take(text("b", 4), 200)) == [(" \n b", False)]


def test_tags_for_spoken_replies_are_never_shown() -> None:
    translator = RunTranslator(REF)
    shown: list[tuple[str, bool]] = []
    said = "Hello[[tts:text]] out there[[/tts:text]] you."
    for number, at in enumerate(range(0, len(said), 4)):
        shown += chats(translator.take(text(said[at : at + 4], at, at_ms=100 * number), 100 * number))
    assert "".join(delta for delta, _ in shown) == "Hello you."


def test_a_piece_that_comes_twice_is_shown_once() -> None:
    translator = RunTranslator(REF)
    translator.take(text("hello", 0), 0)
    assert translator.take(text("lo", 3), 100) == []
    assert chats(translator.take(text("lo world", 3), 200)) == [(" world", False)]


def test_a_step_that_begins_anew_replaces_what_was_shown() -> None:
    translator = RunTranslator(REF)
    translator.take(text("wrong", 0), 0)
    again = translator.take(text("right", 0, replace=True), 100)
    assert chats(again) == [("right", True)]
    assert again[0].payload["data"] == {"text": "right", "delta": "right", "itemId": "1", "replace": True}


def test_a_later_text_of_the_same_run_joins_the_earlier_one() -> None:
    translator = RunTranslator(REF)
    translator.take(text("first", 0, "1"), 0)
    later = translator.take(text("second", 0, "2"), 100)
    assert later[0].payload["data"]["text"] == "second"
    assert chats(later) == [("\n\nsecond", False)]
    assert later[1].payload["message"]["content"][0]["text"] == "first\n\nsecond"


def test_a_delta_knows_its_replacing_form() -> None:
    translator = RunTranslator(REF)
    translator.take(text("one", 0), 0)
    agent, chat = translator.take(text(" two", 3), 100)
    assert agent.replacing is not None
    assert chat.replacing is not None
    assert agent.replacing()["data"] == {"text": "one two", "delta": "one two", "itemId": "1", "replace": True}
    assert (chat.replacing()["deltaText"], chat.replacing()["replace"]) == ("one two", True)


def test_text_that_was_never_seen_comes_with_the_end() -> None:
    translator = RunTranslator(REF)
    translator.take(text("al", 0), 0)
    end = {"status": "succeeded", "text": "all of it", "stop_reason": "stop"}
    emissions = translator.take(RunEvent(EventKind.END, end, 5), 100)
    assert [e.payload["state"] for e in emissions if e.event == "chat"] == ["delta", "final"]
    assert emissions[-2].payload["deltaText"] == "l of it"
    assert translator.take(text("more", 9), 200) == []


def test_a_silent_reply_has_no_message() -> None:
    end = RunEvent(EventKind.END, {"status": "succeeded", "text": "", "stop_reason": "stop"}, 5)
    final = RunTranslator(REF).take(end, 0)[-1].payload
    assert (final["state"], "message" in final) == ("final", False)


def test_runs_that_were_taken_in_share_the_fate_of_their_host() -> None:
    translator = RunTranslator(REF)
    start = {"started_at_ms": 1, "session_id": "s", "merged_run_ids": ["run-2"]}
    translator.take(RunEvent(EventKind.START, start, 1), 1)
    steered = translator.take(RunEvent(EventKind.STEERED, {"run_ids": ["run-3"]}, 2), 2)
    assert [(e.payload["runId"], e.payload["state"]) for e in steered] == [("run-3", "final")]
    end = {"status": "aborted", "stop_reason": "stop", "merged_run_ids": ["run-2", "run-4"]}
    over = translator.take(RunEvent(EventKind.END, end, 3), 3)
    guests = [(e.payload["runId"], e.payload["state"]) for e in over if e.payload["runId"] != "run-1"]
    assert guests == [("run-2", "aborted"), ("run-4", "aborted")]
    assert translator.end is not None
    assert translator.end.merged_run_ids == ("run-2", "run-4")


def test_a_message_that_never_became_a_turn() -> None:
    payload = ended_elsewhere("run-9", "agent:main:x", "main", "dropped").payload
    assert (payload["runId"], payload["state"], payload["stopReason"]) == ("run-9", "aborted", "dropped")
