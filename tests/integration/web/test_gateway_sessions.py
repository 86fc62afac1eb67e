"""One session as clients see it: described, previewed, written to and stopped."""

from __future__ import annotations

import pytest

from openclaw.domain.transcript import Message, ToolCallBlock, ToolResultBlock, assistant_text, user_text
from tests.integration.web.serving import Served
from tests.integration.web.twins import Turn, answer

KEY = "agent:main:talk"


@pytest.mark.spec("K5")
def test_a_session_is_described_as_it_stands(served: Served) -> None:
    served.desk.work = answer("good day")
    with served.client() as client:
        client.result("chat.send", {"sessionKey": "main", "message": "hello", "idempotencyKey": "run-1"})
        client.until("chat", state="final")
        session = client.result("sessions.describe", {"key": "main", "includeLastMessage": True})["session"]
        assert (session["key"], session["isMain"], session["status"]) == ("agent:main:main", True, "done")
        assert session["lastMessagePreview"] == "good day"
        assert client.result("sessions.describe", {"key": "nobody"}) == {"session": None}


@pytest.mark.spec("K5")
def test_a_preview_shows_the_last_lines_that_people_read(served: Served) -> None:
    desk = served.desk
    desk.add(KEY, user_text("first words"), "r", {})
    desk.add(KEY, Message("assistant", (ToolCallBlock("c1", "ls", {}),)), "r", {})
    desk.add(KEY, Message("tool", (ToolResultBlock("c1", "ls", "(empty)"),)), "r", {})
    desk.add(KEY, assistant_text("nothing there, " + "really " * 10), "r", {})
    desk.session_for("agent:main:silent")
    with served.client() as client:
        asked = {"keys": ["talk", "silent", "nobody"], "limit": 2, "maxChars": 20}
        previews = client.result("sessions.preview", asked)["previews"]
    assert [(p["key"], p["status"]) for p in previews] == [("talk", "ok"), ("silent", "empty"), ("nobody", "missing")]
    assert previews[0]["items"] == [
        {"role": "user", "text": "first words"},
        {"role": "assistant", "text": "nothing there, real…"},
    ]


def test_a_preview_of_too_many_sessions_is_refused(served: Served) -> None:
    with served.client() as client:
        refused = client.call("sessions.preview", {"keys": ["x"] * 65})
        assert refused["error"]["message"] == "invalid sessions.preview params: at /keys: must hold 1 to 64 items"


@pytest.mark.spec("B6", "K5")
def test_a_message_is_sent_once_into_a_session_that_exists(served: Served) -> None:
    served.desk.work = answer("yes?")
    served.desk.session_for(KEY)
    with served.client() as client:
        ask = {"key": "talk", "message": "/stop is only text here", "idempotencyKey": "run-1"}
        assert client.result("sessions.send", ask) == {"runId": "run-1", "status": "started"}
        client.until("chat", state="final", runId="run-1")
        assert client.result("sessions.send", ask) == {"runId": "run-1", "status": "ok"}
        assert len(client.result("sessions.send", {"key": "talk", "message": "no key"})["runId"]) == 36
        refused = client.call("sessions.send", {"key": "nobody", "message": "hello?"})
        assert refused["error"]["message"] == "session not found: agent:main:nobody"
    assert [row["text"] for row in served.desk.submitted] == ["/stop is only text here", "no key"]


@pytest.mark.spec("K5")
def test_what_runs_in_a_session_is_stopped_by_its_key_or_its_run(served: Served) -> None:
    def works(turn: Turn) -> None:
        turn.start()
        turn.say("and so on")

    served.desk.work = works
    nothing = {"ok": True, "aborted": False, "runIds": []}
    with served.client() as client:
        assert client.result("sessions.abort", {"key": "talk"}) == nothing
        assert client.result("sessions.abort", {"runId": "unheard-of"}) == nothing
        for run_id, named in (("run-1", {"key": "talk"}), ("run-2", {"runId": "run-2"})):
            key = f"talk{run_id[-1]}" if "runId" in named else "talk"
            client.result("chat.send", {"sessionKey": key, "message": "go", "idempotencyKey": run_id})
            client.until("chat", state="delta", runId=run_id)
            answered = client.result("sessions.abort", named)
            assert (answered["aborted"], answered["runIds"]) == (True, [run_id])
            assert served.desk.aborts[-1] == (f"agent:main:{key}", run_id, "rpc")
        refused = client.call("sessions.abort", {})
        assert "must have required property" in refused["error"]["message"]
