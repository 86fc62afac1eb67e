"""A gateway with everything: a configuration, a database, nodes, and a little of each kind of data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from openclaw.composition.skills import LiveShelf
from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.transcript import assistant_text
from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.clock import system_clock
from openclaw.store.repositories.senders import SqlSenderStore
from openclaw.store.repositories.stored_messages import SqlStoredMessages
from tests.contract.store.world import World
from tests.integration.config.conftest import Host
from tests.integration.web.client import Client
from tests.integration.web.devices import Device, node
from tests.integration.web.serving import Served, serving
from tests.integration.web.sql_parts import sql_parts
from tests.integration.web.twins import TOKEN, Desk, now_ms
from tests.sqlite_file import open_file
from tests.waiting import wait_until
from web.config_watch import ConfigWatch
from web.facts import LiveFacts
from web.route_desk import RouteDesk
from web.skill_desk import SkillDesk

#: The second agent can be changed and deleted.
CONFIG = f"""
[gateway.auth]
token = "{TOKEN}"
[agents.main]
default = true
[agents.spare]
[channels.loopback.accounts.default]
"""
EVERY_SCOPE = [
    *("operator.read", "operator.write", "operator.admin", "operator.approvals", "operator.pairing", "operator.talk"),
]


@dataclass
class Everything:
    """The gateway, and names of what is in it."""

    served: Served
    world: World
    node: Device = field(default_factory=Device)

    def client(self, **connect: Any) -> Client:
        return self.served.client(**{"scopes": EVERY_SCOPE, **connect})


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    folder = tmp_path_factory.mktemp("gateway")
    database = open_file(folder / "cluster.db")
    url = f"sqlite:///{folder}/cluster.db"
    host = Host(folder / "host", database, {"OPENCLAW_DATABASE_URL": url})
    host.file.write_text(CONFIG)
    host.boot()
    registry = Registry()
    register_builtin(registry)
    facts = LiveFacts(host.live, registry)
    watch = ConfigWatch(host.live, host.store, system_clock)
    watch.renew_copy()
    stream = MemoryRunStream(tick_seconds=0.05)
    own, parts = sql_parts(stream, host.folder)
    services = {
        "config": watch,
        "skills": SkillDesk(LiveShelf(host.live), host.settings.skills_dir),
        "current": facts.current,
        "routes": RouteDesk(host.live, watch, SqlSenderStore(own), SqlStoredMessages(own).envelope),
        "channels": registry.channels,
        "tools": registry.tools,
        "tool_sources": registry.tool_sources,
    }
    log = host.folder / "gateway.log"
    log.write_text("a line\n")
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(Desk(stream), host.folder, **services, **parts, restart=lambda: None) as served,
    ):
        # No worker sends or compacts anything here.
        patch.setattr("web.ws.methods.send.WAIT_SECONDS", 0.0)
        patch.setattr("web.ws.methods.session_turns.COMPACT_SECONDS", 0.0)
        made = Everything(served, World(own, now_ms()))
        _fill(made)
        yield made
    own.close()
    database.close()


def _fill(made: Everything) -> None:
    claim = made.world.running("how long is the Nile?", key="agent:main:talk")
    made.world.commit(claim, assistant_text("About 6650 km."))
    made.world.finish(claim)
    with made.client() as client:
        client.result("gateway.identity.get", {})  # makes the gateway's key
    with made.served.stranger() as over:
        assert made.node.connect(over, **node())["ok"]
    with made.client() as client:
        # What a node leaves behind is written a moment after it has come and gone.
        rows = lambda: {row["nodeId"]: row["connected"] for row in client.result("node.list", {})["nodes"]}  # noqa: E731
        wait_until(lambda: rows() == {made.node.id: False}, what="the node's leaving")
