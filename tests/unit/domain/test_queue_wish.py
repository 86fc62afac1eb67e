"""What people can ask of the queue in words."""

from __future__ import annotations

import pytest

from openclaw.domain.queue_mode import DropPolicy, QueueMode, QueueSettings
from openclaw.domain.queue_wish import NO_WISH, QueueWish, describe_queue, read_wish

pytestmark = pytest.mark.spec("E3")


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("steer", QueueWish(QueueMode.STEER)),
        ("steer+backlog", QueueWish(QueueMode.STEER_BACKLOG)),
        ("collect debounce:2s cap:25 drop:old", QueueWish(QueueMode.COLLECT, 2000, 25, DropPolicy.OLD)),
        ("debounce:1.5s", QueueWish(debounce_ms=1500)),
        ("debounce:250", QueueWish(debounce_ms=250)),
        ("debounce:0", QueueWish(debounce_ms=0)),
        ("FOLLOWUP cap:1", QueueWish(QueueMode.FOLLOWUP, cap=1)),
    ],
)
def test_a_wish_that_can_be_read(text: str, wish: QueueWish) -> None:
    assert read_wish(text.split()) == wish


@pytest.mark.parametrize(
    "text", ["", "fast", "collect steer", "cap:0", "cap:-1", "cap:x", "cap:5000", "drop:all", "debounce:2y", "debounce:9d"]
)  # fmt: skip
def test_a_wish_that_cannot(text: str) -> None:
    assert read_wish(text.split()) is None


def test_a_wish_is_kept_in_a_session_and_put_over_what_is_configured() -> None:
    wish = QueueWish(QueueMode.FOLLOWUP, debounce_ms=9000)
    kept = {name: value for name, value in wish.to_settings().items() if value is not None}
    assert QueueWish.from_settings(kept) == wish
    policy = wish.over(QueueSettings(cap=7))
    assert policy == QueueSettings(QueueMode.FOLLOWUP, 9000, 9000, 7), "a longer silence is waited for"
    assert describe_queue(policy) == "followup debounce:9000ms cap:7 drop:summarize"
    assert QueueWish.from_settings({}) == NO_WISH
    assert NO_WISH.over(policy) == policy
