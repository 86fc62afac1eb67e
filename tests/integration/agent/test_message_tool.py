"""``message`` in a turn whose worker dies between sending and noting it: the message is in the outbox once."""

from __future__ import annotations

import pytest

from openclaw.domain.crash_points import CrashPoint, arm
from openclaw.domain.transcript import ToolResultBlock
from tests.integration.agent.scripted import answers, one_call, world_of

pytestmark = pytest.mark.spec("E9", "K1")

MORE = """
[channels.telegram.accounts.default]
token = "1:x"
mode = "webhook"
webhook_secret = "s"
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
        return one_call("message", {"action": "send", "channel": "telegram", "to": "42", "message": "hello"})

    with world_of(redis_url, more=MORE) as world:
        world.model.script = script
        arm(die_once)
        try:
            run_id = world.cluster.say("write to 42")
            with pytest.raises(WorkerDied):
                world.begin()
            world.resume()
        finally:
            arm(None)
        assert world.cluster.run(run_id)["status"] == "succeeded"
        rows = world.cluster.ledger.query("SELECT text, conversation FROM outbox")
        assert rows == [{"text": "hello", "conversation": "telegram|default|42|"}]
        assert len(died) == 1
