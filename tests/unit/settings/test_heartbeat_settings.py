"""Heartbeats and budgets that could never work are refused when the configuration is read."""

from __future__ import annotations

import pytest

from tests.unit.settings.test_problems import problems

pytestmark = pytest.mark.spec("H7", "K8", "B8")


@pytest.mark.parametrize(
    ("config", "path", "says"),
    [
        ('[agents.main.heartbeat]\nactive_from = "8"', "agents.main.heartbeat.active_from", "time of the day"),
        ('[agents.main.heartbeat]\nactive_to = "25:00"', "agents.main.heartbeat.active_to", "time of the day"),
        ('[agents.main.heartbeat]\ntime_zone = "Mars/Base"', "agents.main.heartbeat.time_zone", "Europe/Berlin"),
        ('[agents.main.heartbeat]\ntarget = "telegram"', "agents.main.heartbeat.to", "which chat of telegram"),
        ('[[budgets]]\nscope = "agent"', "budgets.0", "limits nothing"),
        ('[[budgets]]\nusd = 1.0\nmatch = "main"', "budgets.0.match", "nothing to match"),
        ('[[budgets]]\nusd = 1.0\ntime_zone = "Nowhere"', "budgets.0.time_zone", "Europe/Berlin"),
    ],
)
def test_it_is_said_where_and_why(load, config: str, path: str, says: str) -> None:
    (found,) = problems(load, config)
    assert found["path"].replace("[", ".").replace("]", "") == path
    assert says in found["message"]
