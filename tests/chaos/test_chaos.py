"""The short storm of every test run; ``make chaos`` runs it longer."""

from __future__ import annotations

import pytest

from tests.chaos.run import storm

#: One seed per run of the suite is enough; the long run takes others.
SEED = 20261123


@pytest.mark.spec("K1", "K4", "B9", "E2", "H6")
@pytest.mark.timeout(420)
def test_every_message_keeps_its_promise_while_everything_is_killed():
    report = storm(seed=SEED, seconds=10, messages=70, sessions=30)
    assert report.problems == []
    assert len(report.faults) >= 5
