"""Messages, runs and what clients hear of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openclaw.domain.events import EventKind
from openclaw.domain.run import RunStatus
from openclaw.errors import Busy
from openclaw.ports.store import RunningTurn
from openclaw.ports.stream import RESUBSCRIBED_TOPIC, Notice
from tests.integration.web.serving import Served
from tests.integration.web.twins import Turn, answer
from tests.waiting import wait_until
from web.services import Limits

KEY = "agent:main:talk"


def ask(key: str = "run-1", **more: object) -> dict[str, object]:
    return {"sessionKey": KEY, "message": "hello", "idempotencyKey": key, **more}


@pytest.mark.spec("K5", "B6")
def test_a_message_is_answered_started_and_its_run_is_told_in_the_order_of_openclaw(served: Served) -> None:
    served.desk.work = answer("good day")
    with served.client() as client:
        assert client.result("chat.send", ask()) == {"runId": "run-1", "status": "started"}
        final = client.until("chat", state="final")

        assert final["message"]["content"] == [{"type": "text", "text": "good day"}]
        assert final["stopReason"] == "stop"
        assert [c["state"] for c in client.chats("run-1")] == ["status", "status", "delta", "final"]
        phases = [(a["stream"], a["data"].get("phase")) for a in client.agents("run-1")]
        assert phases == [
            ("run_status", "preparing_context"),
            ("lifecycle", "start"),
            ("run_status", "starting_model"),
            ("lifecycle", "model"),
            ("assistant", None),
            ("usage", None),
            ("lifecycle", "finishing"),
            ("lifecycle", "model"),
            ("lifecycle", "end"),
        ]


def test_the_same_key_again_gives_the_first_result_and_no_new_run(served: Served) -> None:
    served.desk.work = answer("once")
    with served.client() as client:
        client.result("chat.send", ask())
        client.until("chat", state="final")
        assert client.result("chat.send", ask()) == {"runId": "run-1", "status": "ok"}
    assert len(served.desk.submitted) == 1


def test_the_same_key_while_it_runs_says_so(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", ask())
        assert client.result("chat.send", ask())["status"] == "in_flight"


@pytest.mark.spec("E5")
def test_text_and_tool_events_are_kept_apart_and_tools_go_to_those_who_asked(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.say("let me look")
        turn.emit(EventKind.TOOL_START, call_id="c1", name="ls", args={"path": "."})
        turn.emit(EventKind.TOOL_END, call_id="c1", name="ls", text="(empty)", is_error=False, started_at_ms=5)
        turn._offset = 0
        turn.say("nothing there", item="2")
        turn.end("nothing there")

    served.desk.work = work
    with served.client(caps=["tool-events"]) as curious, served.client() as plain:
        curious.result("chat.send", ask())
        curious.until("chat", state="final")
        plain.until("chat", state="final")

        streams = [a["stream"] for a in curious.agents("run-1")]
        assert streams[4:9] == ["assistant", "item", "tool", "tool", "item"]
        tool = next(a["data"] for a in curious.agents("run-1") if a["data"].get("phase") == "result")
        assert tool["result"]["content"] == [{"type": "text", "text": "(empty)"}]
        assert {a["stream"] for a in plain.agents("run-1")} == {"run_status", "lifecycle", "assistant", "usage"}
        texts = [a["data"]["text"] for a in plain.agents("run-1") if a["stream"] == "assistant"]
        assert texts == ["let me look", "nothing there"]
        assert not [frame for frame in plain.events if frame["event"] == "session.tool"]


def test_whoever_subscribed_to_a_session_hears_of_its_tools(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.emit(EventKind.TOOL_START, call_id="c1", name="ls", args={"path": "."})
        turn.end("nothing there")

    served.desk.work = work
    with served.client() as client:
        client.result("sessions.messages.subscribe", {"key": ask()["sessionKey"]})
        client.result("chat.send", ask())
        assert client.until("session.tool")["data"]["name"] == "ls"


def test_the_first_delta_comes_at_once_and_held_text_follows_without_more_events(served: Served) -> None:
    release: list[Turn] = []

    def work(turn: Turn) -> None:
        turn.start()
        for word in ("one", " two", " three"):
            turn.say(word)
        release.append(turn)

    served.desk.work = work
    with served.client() as client:
        client.result("chat.send", ask())
        first = client.until("chat", state="delta")
        assert first["deltaText"] == "one"
        rest = client.until("chat", state="delta", deltaText=" two three")
        assert rest["message"]["content"][0]["text"] == "one two three"
        release[0].end("one two three")
        client.until("chat", state="final")


@pytest.mark.spec("B9")
def test_every_gateway_tells_its_clients_the_same_with_the_same_counters(serve: Callable[..., Served]) -> None:
    here, there = serve(), serve()
    here.desk.work = answer("for everyone")
    with here.client() as one, there.client() as two:
        one.result("chat.send", ask())
        one.until("chat", state="final")
        two.until("chat", state="final")
        assert [(a["seq"], a["stream"], a["data"]) for a in one.agents("run-1")] == [
            (a["seq"], a["stream"], a["data"]) for a in two.agents("run-1")
        ]


@pytest.mark.spec("K3")
def test_a_client_that_comes_back_gets_the_text_so_far_and_goes_on_from_there(served: Served) -> None:
    turns: list[Turn] = []

    def work(turn: Turn) -> None:
        turn.start()
        turn.say("half of it")
        turns.append(turn)

    served.desk.work = work
    with served.client() as client:
        client.result("chat.send", ask())
        client.until("chat", state="delta")
    with served.client() as client:
        again = client.until("chat", state="delta", replace=True)
        assert again["deltaText"] == "half of it"
        turns[0].say(" and the rest")
        client.until("chat", state="delta", deltaText=" and the rest")
        turns[0].end("half of it and the rest")
        assert client.until("chat", state="final")["message"]["content"][0]["text"] == "half of it and the rest"


@pytest.mark.spec("B9", "K3")
def test_a_gateway_that_joins_a_run_midway_catches_up_from_the_stream(serve: Callable[..., Served]) -> None:
    early = serve()
    turns: list[Turn] = []
    early.desk.work = turns.append
    with early.client() as client:
        client.result("chat.send", ask())
        wait_until(lambda: turns)
        turns[0].start()
        turns[0].say("before ")
        client.until("chat", state="delta")
        late = serve()
        with late.client() as newcomer:
            turns[0].say("after")
            told = newcomer.until("agent", stream="assistant")
            assert newcomer.until("chat", state="delta")["message"]["content"][0]["text"].startswith("before")
            turns[0].end("before after")
            newcomer.until("chat", state="final")
            assert told["data"]["text"].startswith("before")


def test_an_end_that_was_never_published_is_found_in_the_database(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.say("almost")
        turn.commit(RunStatus.SUCCEEDED, "almost lost")  # and the worker dies here

    served.desk.work = work
    with served.client() as client:
        client.result("chat.send", ask())
        final = client.until("chat", state="final", runId="run-1")
        assert final["message"]["content"][0]["text"] == "almost lost"


@pytest.mark.spec("K1", "B6")
def test_a_run_that_began_and_ended_while_the_subscription_was_away_is_told_after_it(served: Served) -> None:
    served.desk.work = lambda turn: turn.commit(RunStatus.SUCCEEDED, "said unheard")
    with served.client() as client:
        client.result("chat.send", ask())
        wait_until(lambda: served.desk.views["run-1"].status.is_final)
        served.desk.stream.notify(Notice(RESUBSCRIBED_TOPIC, {}))
        final = client.until("chat", state="final", runId="run-1")
        assert final["message"]["content"][0]["text"] == "said unheard"


def test_ends_that_were_heard_are_not_told_again_after_a_reconnect(served: Served) -> None:
    served.desk.work = answer("heard")
    with served.client() as client:
        client.result("chat.send", ask("run-1"))
        client.until("chat", state="final", runId="run-1")
        served.desk.stream.notify(Notice(RESUBSCRIBED_TOPIC, {}))
        client.result("chat.send", ask("run-2"))
        client.until("chat", state="final", runId="run-2")
        assert [chat["state"] for chat in client.chats("run-1")].count("final") == 1


def test_the_next_run_of_a_session_closes_one_whose_end_was_lost(served: Served) -> None:
    def dies(turn: Turn) -> None:
        turn.start()
        turn.say("gone")
        turn.commit(RunStatus.FAILED, error="worker died", error_kind="internal")

    served.desk.work = dies
    with served.client() as client:
        client.result("chat.send", ask("run-1"))
        client.until("chat", state="delta", runId="run-1")
        served.desk.work = answer("next")
        client.result("chat.send", ask("run-2"))
        client.until("chat", state="final", runId="run-2")
        assert client.until("chat", state="error", runId="run-1")["errorMessage"] == "worker died"


def test_a_failed_run_ends_with_an_error_that_names_model_and_reason(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.end(status=RunStatus.FAILED, error="too many requests", error_kind="rate_limit", stop_reason="error")

    served.desk.work = work
    with served.client() as client:
        client.result("chat.send", ask())
        error = client.until("chat", state="error")
        assert error["errorKind"] == "rate_limit"
        assert error["errorDetail"] == {"provider": "mock", "model": "mock-1", "failoverReason": "rate_limit"}


def test_messages_steered_or_merged_into_a_run_end_with_it(served: Served) -> None:
    def work(turn: Turn) -> None:
        if turn.ref.run_id != "run-1":
            return
        turn.start(merged_run_ids=["run-2"])
        turn.emit(EventKind.STEERED, run_ids=["run-3"])
        turn.say("all of you")
        turn.end("all of you", merged_run_ids=["run-2"])

    served.desk.work = work
    with served.client() as client:
        waits = [client.send("agent.wait", {"runId": run_id}) for run_id in ("run-1", "run-2", "run-3")]
        client.result("chat.send", ask("run-1"))
        assert "message" not in client.until("chat", state="final", runId="run-2")
        assert "message" not in client.until("chat", state="final", runId="run-3")
        answers = [client.answer(request_id)["payload"] for request_id in waits]
        assert [(a["runId"], a["status"]) for a in answers] == [("run-1", "ok"), ("run-2", "ok"), ("run-3", "ok")]


def test_an_abort_is_answered_after_the_run_said_that_it_is_over(served: Served) -> None:
    turns: list[Turn] = []

    def work(turn: Turn) -> None:
        turn.start()
        turn.say("a long ")
        turns.append(turn)

    served.desk.work = work
    with served.client() as client:
        client.result("chat.send", ask())
        client.until("chat", state="delta")
        abort = client.send("chat.abort", {"sessionKey": KEY, "runId": "run-1"})
        wait_until(lambda: served.desk.aborts)
        turns[0].end("a long", RunStatus.ABORTED, stop_reason="rpc")
        assert client.answer(abort)["payload"] == {"ok": True, "aborted": True, "runIds": ["run-1"]}
        aborted = next(c for c in client.chats("run-1") if c["state"] == "aborted")
        assert aborted["stopReason"] == "rpc"
        assert aborted["message"]["content"][0]["text"] == "a long"


def test_an_abort_that_nobody_confirms_is_answered_all_the_same(served: Served) -> None:
    served.desk.work = Turn.start
    with served.client() as client:
        client.result("chat.send", ask())
        client.until("agent", stream="lifecycle")
        assert client.result("chat.abort", {"sessionKey": KEY})["runIds"] == ["run-1"]
        assert not served.gateway.ends.unfinished()


def test_aborting_nothing_is_no_error(served: Served) -> None:
    with served.client() as client:
        nothing = {"ok": True, "aborted": False, "runIds": []}
        assert client.result("chat.abort", {"sessionKey": KEY}) == nothing
        assert client.result("chat.abort", {"sessionKey": KEY, "runId": "nope"}) == nothing


def test_a_queued_message_that_is_aborted_says_so(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", ask())
        assert client.result("chat.abort", {"sessionKey": KEY})["runIds"] == ["run-1"]
        assert client.until("chat", state="aborted")["runId"] == "run-1"


def test_stop_as_a_message_aborts_and_is_no_turn(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", ask())
        assert client.result("chat.send", ask("run-2", message="/stop"))["aborted"] is True
    assert [message["run"] for message in served.desk.submitted] == ["run-1"]


def test_reset_as_a_message_starts_a_new_conversation_for_admins_only(served: Served) -> None:
    served.desk.session_for(KEY)
    before = served.desk.session_for(KEY).uuid
    with served.client(scopes=["operator.write"]) as writer:
        refused = writer.call("chat.send", ask(message="/reset"))
        assert refused["error"]["details"]["missingScope"] == "operator.admin"
    with served.client() as admin, served.client() as watcher:
        watcher.result("sessions.subscribe", {})
        assert admin.result("chat.send", ask(message="/reset"))["status"] == "ok"
        assert watcher.until("sessions.changed", reason="reset")["sessionKey"] == KEY
    assert served.desk.session_for(KEY).uuid != before


def test_an_interrupting_message_says_what_it_interrupted(served: Served) -> None:
    served.desk.interrupts = RunningTurn("run-0", 1, 1)
    with served.client() as client:
        assert client.result("chat.send", ask(queueMode="interrupt"))["interruptedActiveRun"] is True
    assert served.desk.submitted[0]["mode"] == "interrupt"


def test_a_full_lane_is_a_retryable_error(served: Served) -> None:
    served.desk.trouble = Busy("too much work", retry_after_seconds=1.5)
    with served.client() as client:
        error = client.call("chat.send", ask())["error"]
        assert (error["code"], error["retryable"], error["retryAfterMs"]) == ("UNAVAILABLE", True, 1500)


# --- agent and agent.wait -----------------------------------------------------------------------------------------


@pytest.mark.spec("K5")
def test_agent_answers_twice_on_one_id(served: Served) -> None:
    turns: list[Turn] = []
    served.desk.work = turns.append
    with served.client() as client:
        request = client.send("agent", {"message": "hi", "idempotencyKey": "run-1", "sessionKey": KEY, "timeout": 9})
        accepted = client.answer(request)["payload"]
        assert (accepted["status"], accepted["sessionKey"], accepted["agentId"]) == ("accepted", KEY, "main")
        turns[0].start()
        assert client.result("health")["ok"], "the connection must not wait for the run"
        turns[0].end("done")
        final = client.answer(request)["payload"]
        assert (final["status"], final["summary"]) == ("ok", "completed")
        assert final["result"]["payloads"] == [{"text": "done", "mediaUrl": None}]
        assert final["result"]["meta"]["agentMeta"]["usage"]["output"] == 20
    assert served.desk.submitted[0]["options"] == {"timeout_seconds": 9}


def test_agent_without_a_session_uses_the_agents_main_one(served: Served) -> None:
    with served.client() as client:
        request = client.send("agent", {"message": "hi", "idempotencyKey": "r", "agentId": "other"})
        assert client.answer(request)["payload"]["sessionKey"] == "agent:other:main"


def test_agent_of_a_failed_run_ends_with_an_error(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.end(status=RunStatus.FAILED, error="no credit", error_kind="billing")

    served.desk.work = work
    with served.client() as client:
        request = client.send("agent", {"message": "hi", "idempotencyKey": "run-1"})
        assert client.answer(request)["payload"]["status"] == "accepted"
        final = client.answer(request)
        assert (final["ok"], final["error"]["message"], final["payload"]["status"]) == (False, "no credit", "error")


def test_a_client_that_leaves_costs_no_message(served: Served) -> None:
    turns: list[Turn] = []
    served.desk.work = turns.append
    with served.client() as client:
        client.answer(client.send("agent", {"message": "hi", "idempotencyKey": "run-1", "sessionKey": KEY}))
    turns[0].start()
    turns[0].end("still done")
    with served.client() as client:
        assert client.result("agent.wait", {"runId": "run-1"})["terminalReply"]["text"] == "still done"


def test_agent_wait_of_a_run_that_goes_on_times_out_without_blocking_the_connection(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", ask())
        wait = client.send("agent.wait", {"runId": "run-1", "timeoutMs": 300})
        assert client.result("health")["ok"]
        assert not client.answers.get(wait)
        assert client.answer(wait)["payload"] == {"runId": "run-1", "status": "timeout"}
        assert client.result("agent.wait", {"runId": "nope", "timeoutMs": 0})["status"] == "timeout"
    wait_until(lambda: not served.gateway.ends.unfinished(), what="nobody waiting any more")


def test_agent_wait_finds_an_end_that_only_the_database_knows(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", ask())
        wait = client.send("agent.wait", {"runId": "run-1", "timeoutMs": 15_000})
        client.result("health")
        served.desk.turn(KEY, "run-1").commit(RunStatus.SUCCEEDED, "in SQL alone")
        assert client.answer(wait)["payload"]["terminalReply"]["text"] == "in SQL alone"


# --- who hears what -----------------------------------------------------------------------------------------------


@pytest.mark.spec("B5", "B6")
def test_a_client_without_read_hears_nothing_of_runs(served: Served) -> None:
    served.desk.work = answer("secret")
    probe = {"id": "test", "version": "1", "platform": "linux", "mode": "test"}
    with served.client() as client, served.client(client=probe) as deaf:
        client.result("chat.send", ask())
        client.until("chat", state="final")
        assert deaf.call("health")["error"]["code"] == "FORBIDDEN"
        assert {f["event"] for f in deaf.events} == {"connect.challenge"}


def test_session_scoped_clients_hear_their_own_runs_and_subscriptions_only(served: Served) -> None:
    served.desk.work = answer("hi")
    with served.client() as client, served.client(caps=["session-scoped-events"]) as scoped:
        scoped.result("sessions.messages.subscribe", {"key": "agent:main:watched"})
        client.result("chat.send", ask("run-1"))
        client.until("chat", state="final", runId="run-1")
        client.result("chat.send", ask("run-2") | {"sessionKey": "agent:main:watched"})
        client.until("chat", state="final", runId="run-2")
        scoped.result("chat.send", ask("run-3") | {"sessionKey": "agent:main:own"})
        scoped.until("chat", state="final", runId="run-2")
        scoped.until("chat", state="final", runId="run-3")
        assert not scoped.chats("run-1")


def test_subscribers_get_transcript_rows_and_session_changes(served: Served) -> None:
    served.desk.work = answer("the answer")
    with served.client() as client:
        client.result("sessions.subscribe", {})
        assert client.result("sessions.messages.subscribe", {"key": KEY}) == {"subscribed": True, "key": KEY}
        client.result("chat.send", ask())
        first = client.until("session.message", messageSeq=1)
        second = client.until("session.message", messageSeq=2)
        assert (first["message"]["role"], first["message"]["idempotencyKey"]) == ("user", "run-1:user")
        assert second["message"]["content"] == [{"type": "text", "text": "the answer"}]
        assert client.until("sessions.changed", phase="end", runId="run-1")["session"]["key"] == KEY
        client.result("sessions.messages.unsubscribe", {"key": KEY})


def test_ticks_come_at_the_announced_pace(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(tick_ms=100))
    with served.client() as client:
        assert client.until("tick")["ts"] > 0


@pytest.mark.spec("E4")
def test_a_session_is_compacted_in_its_turn_and_its_followers_hear_of_it(served: Served) -> None:
    def work(turn: Turn) -> None:
        turn.start()
        turn.emit(EventKind.COMPACTION, phase="start", reason="asked")
        turn.emit(EventKind.COMPACTION, phase="end", reason="asked", completed=True)
        turn.end("The conversation was compacted.")

    key = ask()["sessionKey"]
    served.desk.session_for(key)
    served.desk.work = work
    with served.client() as client, served.client() as other:
        client.result("sessions.messages.subscribe", {"key": key})
        answer = client.result("sessions.compact", {"key": key})
        assert (answer["ok"], answer["compacted"], answer["summary"]) == (True, True, "The conversation was compacted.")
        told = [client.until("session.operation", phase=phase) for phase in ("start", "end")]
        assert [(t["operation"], t["sessionKey"], t["reason"]) for t in told] == [("compact", key, "asked")] * 2
        assert told[1]["completed"]
        other.until("chat", state="final")
        assert not [frame for frame in other.events if frame["event"] == "session.operation"]
    assert served.desk.machine_messages[0].options == {"compact": {"hint": ""}}


def test_the_command_compacts_too_and_says_what_to_keep(served: Served) -> None:
    with served.client() as client:
        answer = client.result("chat.send", {**ask(), "message": "/compact keep the names"})
        assert answer["runId"] == ask()["idempotencyKey"]
    assert served.desk.machine_messages[0].options == {"compact": {"hint": "keep the names"}}


@pytest.mark.spec("E1")
def test_a_command_is_answered_where_it_was_written_and_starts_no_run(served: Served) -> None:
    with served.client() as client, served.client() as other:
        params = {**ask(), "message": "/status"}
        assert client.result("chat.send", params)["status"] == "ok"
        final = client.until("chat", state="final", runId=params["idempotencyKey"])
        assert final["message"]["content"][0]["text"].startswith("/status of agent:main:")
        other.result("health", {})
        assert not [frame for frame in other.events if frame["event"] == "chat"]
        agent = client.result("agent", {"message": "/whoami", "idempotencyKey": "a1"})
        assert agent["result"]["payloads"][0]["text"].startswith("/whoami of agent:main:main")
