"""What a plain turn costs in SQL and Redis, exactly: it can't grow unseen.

The figures stand in docs/performance.md. When one falls, lower it here; when one must rise, say why there.
"""

from __future__ import annotations

from typing import Any

import pytest
import redis

from openclaw.composition.worker import build_worker_services
from tests.integration.workers.cluster import cluster

#: Commands that pub/sub listeners, pools and the test itself send.
NOT_OURS = {"info", "config|resetstat", "client|setinfo", "hello", "select", "ping", "llen", "rpop", "script|load"}


def commands(client: redis.Redis) -> dict[str, int]:
    stats: dict[str, Any] = client.info("commandstats")
    found = {name.removeprefix("cmdstat_"): int(row["calls"]) for name, row in stats.items()}
    return {name: calls for name, calls in found.items() if name not in NOT_OURS}


@pytest.mark.spec("E1", "H2")
def test_a_plain_turn_keeps_to_its_budget(redis_client, redis_url):
    with cluster(redis_url) as c:
        services = build_worker_services(c.live)
        c.keeper.open_lanes()

        def one_turn() -> None:
            run_id = c.say("hello", "budget")
            fence = c.redis.lanes.view([1])[0].fence
            assert services.runner.run(1, fence) == "succeeded"
            assert c.run(run_id)["status"] == "succeeded"

        one_turn()  # connections, scripts and prepared statements
        redis_client.config_resetstat()
        with c.storage.database.statement_count() as accept, services.storage.database.statement_count() as turn:
            one_turn()
        sent = commands(redis_client)
        assert (accept.transactions, len(accept.statements)) == ACCEPT
        assert (turn.transactions, len(turn.statements)) == TURN
        # Calls from outside: scripts and what kombu and the view of this test send.
        assert {name: sent.get(name, 0) for name in OUTSIDE} == OUTSIDE
        assert sum(sent.values()) == TOTAL


#: (transactions, statements) in the accepting process, and in the worker.
ACCEPT = (1, 3)
TURN = (2, 15)
#: Round trips by command: one script each for submit, begin, done and the batches of the stream; the doorbell's push.
OUTSIDE: dict[str, int] = {"evalsha": 8, "lpush": 1}
#: All commands, those inside the scripts included.
TOTAL = 90
