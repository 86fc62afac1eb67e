"""Turns on real workers: every pool runs them, survives its death, and drains."""

from __future__ import annotations

import base64
import json

import pytest

from tests.integration.workers.cluster import POOLS, cluster
from tests.integration.workers.restartable_redis import restartable_redis
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.spec("E1", "E5", "K7")
@pytest.mark.parametrize("pool", POOLS)
def test_a_turn_is_run(redis_client, redis_url, pool):
    with cluster(redis_url) as c:
        c.start(pool=pool)
        assert "hello" in c.wait_done(c.say("hello"))["reply_text"]


@pytest.mark.spec("K1", "K7")
@pytest.mark.parametrize("pool", POOLS)
def test_a_killed_workers_turn_goes_on_elsewhere(redis_client, redis_url, pool):
    with cluster(redis_url) as c:
        first = c.start(pool=pool)
        run_id = c.say("[[slow:3]] story")
        # Said before the turn has begun, it would be part of it.
        c.wait_running(run_id)
        later = c.say("after", mode=None)
        first.kill()
        second = c.start(pool=pool)
        done = c.wait_done(run_id)
        assert done["status"] == "succeeded"
        assert [a["number"] for a in c.attempts(run_id)] == [1, 2]
        assert c.wait_done(later)["started_at_ms"] >= done["started_at_ms"]
        assert second.process.poll() is None


@pytest.mark.spec("K1", "H6")
@pytest.mark.parametrize(("pool", "remap"), [("prefork", "SIGQUIT"), ("threads", None), ("gevent", "SIGQUIT")])
def test_a_draining_worker_finishes_what_it_can(redis_client, redis_url, pool, remap):
    extra = {"REMAP_SIGTERM": remap} if remap else {}
    with cluster(redis_url, "[worker]\ndrain_seconds = 4\n") as c:
        worker = c.start(pool=pool, **extra)
        run_id = c.say("[[slow:1]] short story")
        c.wait_running(run_id)
        worker.terminate()
        done = c.wait_done(run_id)
        assert done["status"] == "succeeded"
        assert len(c.attempts(run_id)) == 1
        worker.process.wait(20)


@pytest.mark.spec("K1", "H6", "K7")
@pytest.mark.parametrize(("pool", "remap"), [("prefork", None), ("threads", "SIGQUIT"), ("gevent", None)])
def test_a_draining_worker_hands_on_what_it_cannot_finish(redis_client, redis_url, pool, remap):
    extra = {"REMAP_SIGTERM": remap} if remap else {}
    with cluster(redis_url, "[worker]\ndrain_seconds = 1.5\n") as c:
        worker = c.start(pool=pool, **extra)
        run_id = c.say("[[slow:4]] long story")
        c.wait_running(run_id)
        worker.terminate()
        c.start(pool="threads")
        worker.process.wait(25)
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert len(c.attempts(run_id)) == 2


@pytest.mark.spec("E2", "K7")
@pytest.mark.parametrize("pool", POOLS)
def test_an_idle_worker_gets_the_turns_that_a_full_one_could_not_run(redis_client, redis_url, pool):
    with cluster(redis_url) as c:
        c.start(pool=pool, concurrency=1)
        slow = c.say("[[slow:12]] long", "busy")
        c.wait_running(slow)
        c.start(pool=pool, concurrency=4)
        quick = [c.say("quick", f"idle-{n}") for n in range(6)]
        for run_id in quick:
            c.wait_done(run_id)
        assert c.run(slow)["status"] == "running"
        hosts = {a["host"] for run_id in quick for a in c.attempts(run_id)}
        assert c.attempts(slow)[0]["host"] not in hosts


@pytest.mark.spec("K1")
def test_a_worker_that_wakes_up_after_its_lease_writes_nothing(redis_client, redis_url):
    with cluster(redis_url) as c:
        sleeper = c.start()
        run_id = c.say("[[slow:4]] story")
        c.wait_running(run_id)
        sleeper.pause()
        c.start()
        done = c.wait_done(run_id)
        sleeper.go_on()
        after = c.say("next")
        c.wait_done(after)
        attempts = c.attempts(run_id)
        assert [a["number"] for a in attempts] == [1, 2]
        assert attempts[1]["fence"] > attempts[0]["fence"]
        answers = c.ledger.query("SELECT * FROM transcript WHERE run_id = ? AND role = 'assistant'", run_id)
        assert len(answers) == 1
        assert c.run(run_id) == done


@pytest.mark.spec("K6")
def test_the_doorbell_shows_session_and_run_and_never_the_prompt(redis_client, redis_url):
    with cluster(redis_url) as c:
        c.keeper.open_lanes()
        run_id = c.say("my secret diary")
        wait_until(lambda: redis_client.llen("agent.main") == 1, 5)
        envelope = json.loads(redis_client.lindex("agent.main", 0))
        headers = envelope["headers"]
        assert headers["id"].startswith(f"run-{run_id}-f")
        assert "agent:main:s" in headers["argsrepr"]
        assert run_id in headers["argsrepr"]
        body = base64.b64decode(envelope["body"]).decode()
        assert "diary" not in json.dumps(envelope) + body
        assert all(isinstance(argument, int) for argument in json.loads(body)[0])


@pytest.mark.spec("K1")
def test_messages_are_accepted_while_redis_is_away_and_run_when_it_is_back():

    with restartable_redis() as server, cluster(server.url) as c:
        c.start()
        c.wait_done(c.say("warm up"))
        server.kill()
        run_id = c.say("are you there")
        server.start()
        assert c.wait_done(run_id)["status"] == "succeeded"


@pytest.mark.spec("K1")
def test_turns_survive_redis_being_emptied_under_them(redis_client, redis_url):
    with cluster(redis_url) as c:
        c.start()
        run_id = c.say("[[slow:2]] story")
        c.wait_running(run_id)
        redis_client.flushall()
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert c.wait_done(c.say("next"))["status"] == "succeeded"


@pytest.mark.spec("E2")
def test_a_run_past_its_deadline_is_ended_and_the_session_goes_on(redis_client, redis_url):
    with cluster(redis_url, "[runs]\ntotal_seconds = 2\n") as c:
        c.start()
        done = c.wait_done(c.say("[[slow:60]] endless"))
        assert (done["status"], done["error_kind"]) == ("failed", "timeout")
        assert c.wait_done(c.say("short"))["status"] == "succeeded"


@pytest.mark.spec("E2")
def test_the_cluster_never_runs_more_turns_than_its_limit(redis_client, redis_url):
    limit = "[lanes.main]\nconcurrency = 3\nreserved_interactive = 0\n"
    with cluster(redis_url, limit) as c:
        c.start(concurrency=8)
        c.start(concurrency=8)
        runs = [c.say("[[slow:0.5]] x", f"s{n}") for n in range(15)]
        for run_id in runs:
            c.wait_done(run_id)
        spans = sorted((c.run(r)["started_at_ms"], c.run(r)["ended_at_ms"]) for r in runs)
        running = max(sum(1 for s, e in spans if s <= start < e) for start, _ in spans)
        assert running == 3
