"""Nothing that a client is told holds a credential, however the configuration is written."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, configuration, given, settings

from openclaw.ports.config_store import text_hash
from openclaw.settings.redacted_text import hide_in_text, restore_in_text
from tests.integration.config.conftest import Host
from tests.integration.config.secret_configs import CORE, Written, written
from tests.integration.web.client import Client
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

configuration.set_hypothesis_home_dir(tempfile.gettempdir())
pytestmark = pytest.mark.spec("H1", "B8")

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(quiet, max_examples=60)
@given(written())
def test_a_hidden_text_says_the_same_but_for_its_credentials_and_comes_back_whole(config: Written) -> None:
    shown = hide_in_text(config.text)
    assert not CORE.search(shown)
    assert restore_in_text(shown, config.text) == config.text
    assert _shape(tomllib.loads(shown)) == _shape(tomllib.loads(config.text))


def _shape(tree: Any) -> Any:
    """Every key with the type of its value."""
    return {name: _shape(below) for name, below in tree.items()} if isinstance(tree, dict) else type(tree)


def test_no_answer_and_no_event_holds_a_credential(gateway: Callable[..., Served], host: Callable[..., Host]) -> None:
    made = host(text=f'[gateway.auth]\ntoken = "{TOKEN}"\n')

    with gateway(made).client() as client:
        heard: list[Any] = []

        @settings(quiet, max_examples=12, phases=[Phase.generate])
        @given(written())
        def never(config: Written) -> None:
            heard.append(client.result("config.set", {"raw": config.text, "baseHash": _hash(client)}))
            assert made.file.read_text() == config.text
            found = client.result("config.get", {})
            heard.extend([found, *_everything_else(client, found)])
            assert made.file.read_text() == config.text, "what came back hidden is as it was"
            heard.extend(client.events)
            told = json.dumps(heard)
            assert not CORE.search(told)
            assert text_hash(config.text) not in told, "a digest would let one guess"
            heard.clear()
            client.events.clear()

        never()


def _hash(client: Client) -> str:
    return str(client.result("config.get", {})["hash"])


def _everything_else(client: Client, found: dict[str, Any]) -> list[Any]:
    """What it is answered to whoever sends the whole back, in both forms, or something that cannot be used."""
    base = {"baseHash": found["hash"]}
    broken = found["raw"] + "\n[gateway.auth]\n"
    return [
        client.result("config.set", {"raw": found["raw"], **base}),
        client.result("config.set", {"raw": json.dumps(found["parsed"]), **base}),
        client.result("config.apply", {"raw": found["raw"], **base}),
        client.result("config.patch", {"raw": json.dumps({"channels": found["parsed"]["channels"]}), **base}),
        client.call("config.set", {"raw": broken, **base}),
        client.call("config.patch", {"raw": '{"gateway": {"auth": {"token": 5}}}', **base}),
        client.call("config.patch", {"raw": '{"flower": {"basic_auth": ["x"]}, "redis": {"url": 1}}', **base}),
        client.result("config.schema.lookup", {"path": "gateway.auth.token"}),
        client.result("channels.status", {}),
        client.result("status", {}),
        client.result("health", {}),
    ]
