"""Clients see what came of heartbeats and turn them off."""

from __future__ import annotations

import pytest

from tests.integration.web.serving import Served

pytestmark = pytest.mark.spec("H7")


def test_the_last_one_is_shown_and_they_are_turned_off_and_on(served: Served) -> None:
    store = served.gateway.services.heartbeats
    with served.client() as client:
        assert client.result("last-heartbeat", {}) is None
        store.claim("main", 1_000, 0)
        store.note("main", {"ts": 5, "status": "sent"}, "x", 5)
        assert client.result("last-heartbeat", {}) == {"ts": 5, "status": "sent"}
        assert client.result("set-heartbeats", {"enabled": False}) == {"ok": True, "enabled": False}
        assert not store.enabled()
        client.result("set-heartbeats", {"enabled": True})
        assert store.enabled()
        assert "enabled" in client.call("set-heartbeats", {})["error"]["message"]
    with served.client(scopes=["operator.read"]) as reader:
        assert "missing scope" in reader.call("set-heartbeats", {"enabled": True})["error"]["message"]
