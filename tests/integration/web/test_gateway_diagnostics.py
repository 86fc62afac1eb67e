"""Who is at work, what went wrong lately, talk mode and restarts."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from openclaw.ports.stream import GATEWAY_RESTART_TOPIC, Notice
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk
from web.stability import CAPACITY

pytestmark = pytest.mark.spec("B6", "I1")


def test_sessions_at_work_are_shown_with_what_waits(served: Served) -> None:
    served.desk.turn("agent:main:busy", "run-1")
    served.desk.session_for("agent:main:idle")
    with served.client() as client:
        found = client.result("diagnostics.lanes", {})
    (lane,) = found["lanes"]
    assert (lane["sessionKey"], lane["state"], lane["runId"]) == ("agent:main:busy", "running", "run-1")
    assert found["classes"] == {"main": {"active": 1, "sessions": 1, "queued": 1}}


def test_what_went_wrong_is_kept_in_a_ring_and_counted_by_kind(served: Served) -> None:
    for n in range(CAPACITY + 5):
        logging.getLogger("openclaw.trouble").warning("trouble %d", n)
    broken = logging.LogRecord("web.more", logging.ERROR, "", 1, "%d is no number", ("x",), None)
    served.gateway.stability.emit(broken)
    logging.getLogger("somebody.else").error("not ours")
    with served.client() as client:
        found = client.result("diagnostics.stability", {"limit": 2})
        assert [event["reason"] for event in found["events"]] == [f"trouble {CAPACITY + 4}", "%d is no number"]
        assert (found["count"], found["summary"]["byType"]["openclaw.trouble"]) == (CAPACITY, CAPACITY - 1)
        assert found["dropped"] >= 6
        newer = client.result("diagnostics.stability", {"sinceSeq": found["lastSeq"]})
        assert (newer["events"], newer["count"]) == ([], 0)
        only = client.result("diagnostics.stability", {"type": "web.more"})
        assert [event["outcome"] for event in only["events"]] == ["error"]


def test_the_mode_of_talk_is_told_to_all_who_may_hear_it(served: Served) -> None:
    with served.client() as client, served.client(scopes=["operator.talk"]) as listener:
        client.result("talk.mode", {"enabled": True, "phase": "listening"})
        heard = listener.until("talk.mode")
        assert (heard["enabled"], heard["phase"]) == (True, "listening")


def test_a_restart_is_asked_for_once_the_answer_has_left(desk: Desk, tmp_path: Path) -> None:
    asked = threading.Event()
    with serving(desk, tmp_path, restart=asked.set) as served, served.client() as client:
        answer = client.result("gateway.restart.request", {"reason": "new year", "restartDelayMs": 0})
        assert (answer["ok"], answer["delayMs"], answer["reason"]) == (True, 100, "new year")
        assert asked.wait(10)


def test_a_restart_that_an_agent_was_allowed_reaches_the_gateway(desk: Desk, tmp_path: Path) -> None:
    asked = threading.Event()
    with serving(desk, tmp_path, restart=asked.set) as served, served.client():
        served.gateway.services.stream.notify(Notice(GATEWAY_RESTART_TOPIC, {"reason": "an agent asked"}))
        assert asked.wait(10)


def test_a_gateway_that_nobody_would_start_again_offers_no_restart(served: Served) -> None:
    with served.client() as client:
        assert "unknown method" in client.call("gateway.restart.request", {})["error"]["message"]
