"""Memory through real workers, a real Redis and a vendor of vectors on the wire."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from openclaw.agent.given_call import GivenCall
from openclaw.composition.memory import memory_plan
from openclaw.coordination import stream_keys
from openclaw.domain.envelope import Sender
from openclaw.domain.transcript import ToolCallBlock
from openclaw.intake.machine_message import MachineMessage
from openclaw.memory.index import BATCH_TEXTS
from openclaw.ports.memory import IndexSummary
from openclaw.providers.demo.embedding import vector_of
from tests.integration.workers.cluster import Cluster, cluster
from tests.waiting import wait_until
from tests.wire.openai.server import OpenAIWireServer, embeddings
from tests.wire.sse_server import HANG, RecordedRequest, Reply

pytestmark = pytest.mark.spec("H7", "K1")

CONFIG = """sweep_seconds = 0.3
[models.providers.mine]
api = "openai-completions"
base_url = "{url}"
api_key = "k"
[[models.providers.mine.models]]
id = "talk-1"
[agents.main]
model = "mine/talk-1"
[memory]
provider = "mine"
model = "vectors-1"
"""
#: More than one batch, and some sections to find.
SECTIONS = BATCH_TEXTS + 10


class Vendor(OpenAIWireServer):
    """Vectors by words. ``stuck`` lets every call after the first one hang."""

    stuck = False

    def reply_to(self, request: RecordedRequest) -> Reply:
        if not request.path.endswith("/embeddings"):
            return super().reply_to(request)
        if self.stuck and len(self.embedded()) > 1:
            return Reply([HANG], mute=True)
        return embeddings(request.body, lambda text, _dimensions: vector_of(text, 256))

    def embedded(self) -> list[list[str]]:
        return [request.body["input"] for request in self.requests if request.path.endswith("/embeddings")]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


@pytest.fixture
def c(redis_client: redis.Redis, redis_url: str, vendor: Vendor) -> Iterator[Cluster]:
    with cluster(redis_url, CONFIG.format(url=vendor.base_url)) as made:
        yield made


def summary(c: Cluster) -> IndexSummary:
    return c.storage.memory_search.summary("main", memory_plan(c.settings).space)


def use(c: Cluster, tool: str, **arguments: Any) -> str:
    """Let a worker run a tool in the main session's name; what it says."""
    call = ToolCallBlock(f"call_{uuid.uuid4().hex}", tool, arguments)
    message = MachineMessage(
        session_key=f"agent:main:tool:{uuid.uuid4()}",
        text="[call]",
        source_key=str(uuid.uuid4()),
        sender=Sender("operator", is_owner=True),
        options={"tool_call": GivenCall(call, "agent:main:main", {}).to_json()},
    )
    return str(c.wait_done(c.intake.submit_machine_message(message).run_id)["reply_text"])


def test_workers_index_once_and_when_one_is_killed_the_other_goes_on(
    c: Cluster, vendor: Vendor, redis_client: redis.Redis
) -> None:
    workspace = memory_plan(c.settings).workspaces["main"]
    (workspace / "memory").mkdir(parents=True)
    sections = [f"# Number {number}\n" + f"section{number} " * 60 for number in range(SECTIONS)]
    (workspace / "memory" / "many.md").write_text("\n".join(sections))
    (workspace / "MEMORY.md").write_text("Rose likes green tea.")
    vendor.stuck = True
    workers = [c.start(), c.start()]

    # One of them indexes: the words of both files whole, one batch of vectors, and then its vendor is silent.
    wait_until(lambda: len(vendor.embedded()) == 2, what="the second batch")
    key = stream_keys.lease("memory:main")
    holder = redis_client.get(key)
    assert isinstance(holder, bytes)
    (dying,) = [worker for worker in workers if worker.pid == int(holder.split(b":")[1])]
    dying.kill()
    assert summary(c).files == 2
    assert (summary(c).chunks, summary(c).embedded) == (SECTIONS + 1, BATCH_TEXTS)

    # Its hold runs out, which is not waited for here; the other makes what is missing, and nothing again.
    vendor.stuck = False
    assert len(vendor.embedded()) == 2
    redis_client.delete(key)
    (workspace / "memory" / "later.md").write_text("Rose moved to Lisbon.")
    wait_until(lambda: summary(c).embedded == SECTIONS + 2, 30, what="the rest of the vectors")
    first, _, *rest = vendor.embedded()
    assert max(Counter(text for batch in [first, *rest] for text in batch).values()) == 1

    # By words and by vectors, through the tool.
    assert "section7 section7" in use(c, "memory_search", query="section7", max_results=1)
    assert "memory/later.md lines 1-1" in use(c, "memory_search", query="Lisbon Rose", max_results=1)
    assert use(c, "memory_get", path="MEMORY.md") == "Rose likes green tea."

    # A new conversation leaves a note of the old one, which is memory too.
    c.wait_done(c.say("the spare key is under the pot", "main"))
    c.intake.reset_session("agent:main:main")
    (note,) = wait_until(lambda: list((workspace / "memory").glob("*-the-spare-key-is-under-*.md")))
    assert "**User:** the spare key is under the pot" in note.read_text()
    assert f"memory/{note.name}" in use(c, "memory_search", query="spare key pot", max_results=1)
    wait_until(lambda: c.storage.notes.owed(1) == [])


def test_what_is_rung_for_memory_is_a_plain_task_with_an_id(c: Cluster, redis_client: redis.Redis) -> None:
    c.redis.doorbell.ring_index(["main"])
    c.redis.doorbell.ring_notes([7])
    messages = [json.loads(message) for message in redis_client.lrange("media", 0, -1)]
    headers = [message["headers"] for message in messages]
    assert {(one["task"], one["argsrepr"]) for one in headers} == {
        ("media.index_memory", "(agent='main')"),
        ("media.write_note", "(note=7)"),
    }
