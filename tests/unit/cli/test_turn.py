from __future__ import annotations

import pytest

from openclaw.cli.turn import Turn, text_of


def chat(state: str, text: str = "", run_id: str = "r1", **more) -> dict:
    message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
    return {"type": "event", "event": "chat", "payload": {"runId": run_id, "state": state, "message": message, **more}}


@pytest.fixture
def written():
    return []


@pytest.fixture
def turn(written):
    return Turn("r1", written.append)


def test_each_character_is_written_once_however_the_text_arrives(turn, written):
    for frame in (chat("delta", "one"), chat("delta", "one two"), chat("delta", "one two")):
        assert not turn.take(frame)
    assert turn.take(chat("final", "one two three"))
    assert "".join(written) == "one two three"
    assert turn.ending == "final"


@pytest.mark.spec("E1")
def test_the_answer_to_a_shortcut_is_shown_and_ends_nothing(turn, written):
    assert not turn.take(chat("final", "You are ann.", run_id="r1:shortcut"))
    assert turn.take(chat("final", "hello"))
    assert written == ["You are ann.\n\n", "hello"]


def test_other_runs_and_other_events_are_no_concern_of_it(turn, written):
    assert not turn.take(chat("final", "x", run_id="r2"))
    assert not turn.take({"type": "event", "event": "tick", "payload": {"ts": 1}})
    assert not turn.take({"type": "res", "id": "1", "ok": True})
    assert written == []


def test_text_that_begins_anew_is_written_on_a_line_of_its_own(turn, written):
    turn.take(chat("delta", "one t"))
    turn.take(chat("delta", "uno"))
    assert "".join(written) == "one t\nuno"


def test_a_final_text_that_is_trimmed_writes_nothing_more(turn, written):
    turn.take(chat("delta", "one "))
    turn.take(chat("final", "one"))
    assert "".join(written) == "one "


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (chat("error", errorMessage="ill"), "ill"),
        (chat("aborted", "par", stopReason="rpc"), "rpc"),
        (chat("error"), "error"),
    ],
)
def test_an_ending_without_success_says_why(turn, frame, error):
    assert turn.take(frame)
    assert turn.error == error


def test_the_text_of_a_message_is_its_text_parts():
    parts = [{"type": "text", "text": "a"}, {"type": "thinking", "text": "x"}, {"type": "text", "text": "b"}]
    assert text_of({"content": parts}) == "ab"
    assert text_of({"content": "plain"}) == "plain"
    assert text_of(None) == ""
