"""How the model vendors are, as clients see it."""

from __future__ import annotations

import pytest

from tests.integration.web.serving import Served

pytestmark = pytest.mark.spec("E6")


def test_clients_see_who_has_a_key_and_who_rests(served: Served) -> None:
    with served.client(scopes=["operator.read"]) as client:
        found = {each["provider"]: each for each in client.result("models.authStatus", {})["providers"]}
    assert [found[name]["status"] for name in ("acme", "bare", "demo")] == ["static", "missing", "static"]
    assert [profile["profileId"] for profile in found["acme"]["profiles"]] == ["acme:default"]
    assert [found[name]["profiles"][0]["type"] for name in ("acme", "portal")] == ["api_key", "oauth"]
    (rest,) = found["acme"]["rests"]
    assert (rest["model"], rest["reason"], rest["over"], rest["error"]) == ("big", "rate_limit", False, "slow down")


def test_a_vendor_can_be_asked_for_a_word(served: Served) -> None:
    with served.client(scopes=["operator.admin"]) as client:
        assert client.result("models.probe", {"provider": "demo", "timeoutMs": 3000}) == {
            "provider": "demo",
            "status": "ok",
            "latencyMs": 3,
            "results": [{"profileId": "demo:default", "label": "demo/echo", "status": "ok", "latencyMs": 3}],
        }
        failed = client.result("models.probe", {"provider": "acme"})
        assert (failed["status"], failed["error"]) == ("rate_limit", "slow down")
        refused = client.call("models.probe", {"provider": "nobody"})["error"]
        assert (refused["code"], "configured: acme, demo" in refused["message"]) == ("INVALID_REQUEST", True)
    with served.client(scopes=["operator.read"]) as client:
        assert client.call("models.probe", {"provider": "demo"})["error"]["code"] == "FORBIDDEN"


def test_the_models_that_vendors_list_are_shown_to_whoever_asks_for_all(served: Served) -> None:
    with served.client(scopes=["operator.read"]) as client:
        configured = client.result("models.list", {})
        assert "providerOutcomes" not in configured
        assert "news" not in [model["id"] for model in configured["models"]]
        prepared = client.result("models.list", {"view": "all", "preparedOnly": True})
        assert ([model["id"] for model in prepared["models"]], prepared["providerOutcomes"]) == (["big"], [])
        found = client.result("models.list", {"view": "all", "refresh": True})
        assert [(model["provider"], model["id"], model["contextWindow"]) for model in found["models"]] == [
            ("acme", "big", 400_000),
            ("acme", "news", 128_000),
        ]
        assert found["providerOutcomes"] == [
            {"provider": "acme", "status": "ready"},
            {"provider": "bare", "status": "auth-rejected"},
        ]
        refused = client.call("models.list", {"view": "all", "refresh": True, "preparedOnly": True})["error"]
        assert (refused["code"], "exclude each other" in refused["message"]) == ("INVALID_REQUEST", True)
