"""``openclaw agents`` at a gateway with a configuration of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.config.conftest import Host
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

__all__ = ["cli"]


@pytest.mark.spec("A4", "B8")
def test_agents_are_added_changed_and_deleted(
    gateway: Callable[..., Served], host: Callable[..., Host], cli: Cli
) -> None:
    served = gateway(host(text=f'[gateway.auth]\ntoken = "{TOKEN}"\n'))

    def run(*arguments: str) -> Done:
        url = f"ws://127.0.0.1:{served.port}"
        return cli("agents", *arguments, OPENCLAW_GATEWAY_URL=url, OPENCLAW_GATEWAY_TOKEN=TOKEN)

    assert "added ops, which works in " in run("add", "Ops", "--model", "demo/echo").out
    assert run("edit", "ops", "--name", "Operations", "--model", "").out == "changed ops\n"
    assert run("edit", "ops").code == 2
    listed = json.loads(run("list", "--json").out)["agents"]
    assert [(agent["id"], agent["name"]) for agent in listed] == [("main", "main"), ("ops", "Operations")]
    assert run("delete", "ops", "--yes").out == "deleted ops and 0 bindings\n"
    assert "not found" in run("delete", "ops", "--yes").err
