"""What agents never change of the configuration."""

from __future__ import annotations

import pytest

from openclaw.domain.guarded_config import guarded_in

pytestmark = pytest.mark.spec("E9", "I2")


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        ({"log": {"level": "DEBUG"}}, []),
        ({"tools": {"exec": {"network": True}}}, []),
        ({"tools": {"exec": {"ask": "off"}}}, ["tools.exec.ask"]),
        ({"gateway": {"auth": {"mode": "none"}, "port": 1}}, ["gateway.auth"]),
        ({"approvals": None}, ["approvals"]),
        # A table that is removed takes what is in it along.
        ({"tools": {"exec": None}}, ["tools.exec.ask", "tools.exec.host", "tools.exec.security"]),
        ({"gateway": None}, ["gateway.auth", "gateway.tools"]),
        ({}, []),
    ],
)
def test_what_holds_agents_back_is_found_however_it_is_named(patch, found):
    assert guarded_in(patch) == found
