"""``message`` in a turn whose worker dies between sending and noting it: the message is in the outbox once."""

from __future__ import annotations

import json

import pytest

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.domain.transcript import ToolResultBlock
from tests.integration.agent.scripted import answers, one_call, world_of

pytestmark = pytest.mark.spec("E9", "K1")

MORE = """
[tools.message]
targets = ["telegram:4*"]
"""


class WorkerDied(BaseException):
    """What no turn survives."""


def test_a_resumed_turn_sends_its_message_once(redis_client, redis_url):
    died = []

    def die_once(point):
        if point is CrashPoint.TOOL_STEP_BEFORE_COMMIT and not died:
            died.append(point)
            raise WorkerDied

    def script(request):
        results = [b for m in request.messages for b in m.blocks if isinstance(b, ToolResultBlock)]
        if results:
            return answers(results[-1].text)
        return one_call(
            "message", {"action": "send", "channel": "telegram", "to": "42", "message": "hello", "file": "a.md"}
        )

    with world_of(redis_url, more=MORE) as world:
        world.model.script = script
        workspace = world.cluster.settings.agents.default.workspace
        workspace.mkdir(parents=True, exist_ok=True)
        (workspace / "a.md").write_text("# All is well")
        arm(die_once)
        try:
            run_id = world.cluster.say("write to 42")
            with pytest.raises(WorkerDied):
                world.begin()
            world.resume()
        finally:
            arm(None)
        assert world.cluster.run(run_id)["status"] == "succeeded"
        rows = world.cluster.ledger.query("SELECT text, file, conversation FROM outbox ORDER BY id")
        assert [(row["text"], row["conversation"]) for row in rows] == [
            (text, "telegram|default|42|") for text in ("hello", "")
        ]
        file = json.loads(str(rows[1]["file"]))
        assert (rows[0]["file"], file["name"], file["mime"]) == (None, "a.md", "text/markdown")
        assert world.cluster.storage.media_files.content(file["id"]) == b"# All is well"
        assert len(died) == 1
