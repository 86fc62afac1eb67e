"""Where a message goes, and why: by the file of this machine, and by a gateway that knows what was decided."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openclaw.domain.access import Standing
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from openclaw.domain.sender_pairing import SenderRequest
from openclaw.store.repositories.intake import SqlIntakeStore
from openclaw.store.repositories.senders import SqlSenderStore
from tests.contract.store.world import World
from tests.integration.cli.in_process import Cli, cli
from tests.integration.config.conftest import Host
from tests.integration.web.client import Client
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

__all__ = ["cli"]
pytestmark = pytest.mark.spec("D1", "D2", "A4")

CONFIG = f"""[gateway.auth]
token = "{TOKEN}"
[agents.main]
[agents.family]
[[bindings]]
agent = "family"
match = {{ channel = "telegram", account = "*" }}
[[bindings]]
agent = "family"
match = {{ channel = "telegram", peer = {{ kind = "group", id = "-100" }} }}
[[bindings]]
agent = "main"
match = {{ channel = "discord", account = "*", guild = "G", roles = ["r1"] }}
[broadcast]
"telegram:-7" = ["main", "family"]
[session]
dm_scope = "per-channel-peer"
[channels.telegram.accounts.default]
allow_from = [1]
groups = {{ "-100" = {{}}, "-7" = {{}} }}
"""


@pytest.fixture
def made(host: Callable[..., Host]) -> Host:
    return host(text=CONFIG)


@pytest.fixture
def served(gateway: Callable[..., Served], made: Host) -> Served:
    return gateway(made)


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with served.client() as connected:
        yield connected


def pair(made: Host, sender: str, standing: Standing) -> None:
    store, route = SqlSenderStore(made.database), ReplyRoute("telegram", "default", sender)
    now = 4_000_000_000_000
    request = SenderRequest(
        str(uuid.uuid4()), "telegram", "default", sender, "", route=route, created_at_ms=now, last_seen_at_ms=now
    )
    asked = store.ask(request, lambda _: "code", f"pairing:{sender}").request
    assert asked is not None
    store.decide(asked.request_id, standing, "op", now)


@pytest.fixture
def explain(cli: Cli, made: Host) -> Callable[..., dict[str, Any]]:
    """The command line on the file alone."""

    def run(*arguments: str) -> dict[str, Any]:
        done = cli("route", "explain", *arguments, "--json", OPENCLAW_CONFIG=str(made.file))
        assert done.code == 0, done.err
        return json.loads(done.out)

    return run


def test_the_file_alone_says_which_binding_won_and_why_the_others_did_not(explain: Callable[..., Any]) -> None:
    found = explain("--channel", "telegram", "--peer", "group:-100", "--sender", "42", "--thread", "5")
    assert (found["agentId"], found["matchedBy"]) == ("family", "binding.peer")
    assert found["sessionKey"] == "agent:family:telegram:default:group:-100:thread:5"
    assert [(each["line"], each["won"]) for each in found["candidates"]] == [(5, False), (8, True), (11, False)]
    assert found["candidates"][0]["lost"] == "it matches too, but bindings[1] is binding.peer, not binding.channel"
    assert found["candidates"][2]["lost"].startswith("channel is telegram, not discord")
    assert found["candidates"][2]["match"] == {"channel": "discord", "account": "*", "guild": "G", "roles": ["r1"]}


@pytest.mark.parametrize(
    ("arguments", "access"),
    [
        (("--sender", "42"), {"admitted": None, "reason": "", "dependsOn": "approval"}),
        (("--sender", "1"), {"admitted": True, "reason": ""}),
        (("--sender", "1", "--peer", "group:-9"), {"admitted": False, "reason": "group-not-listed"}),
        (("--sender", "1", "--account", "ghost"), {"admitted": False, "reason": "no-account"}),
    ],
)
def test_the_file_alone_says_who_is_admitted(
    explain: Callable[..., Any], arguments: tuple[str, ...], access: dict[str, Any]
) -> None:
    assert explain("--channel", "telegram", *arguments)["access"] == access


def test_a_conversation_of_several_agents_has_several_routes(explain: Callable[..., Any]) -> None:
    found = explain("--channel", "telegram", "--peer", "group:-7", "--sender", "1")
    assert found["matchedBy"] == "broadcast"
    assert [route["agentId"] for route in found["routes"]] == ["main", "family"]


def test_roles_and_parents_can_be_told(explain: Callable[..., Any]) -> None:
    roles = explain("--channel", "discord", "--peer", "channel:c", "--guild", "G", "--roles", "r0,r1")
    assert roles["matchedBy"] == "binding.guild+roles"
    parent = explain("--channel", "telegram", "--peer", "group:t", "--parent", "channel:-100")
    assert parent["matchedBy"] == "binding.peer.parent"


def test_people_are_shown_a_table(cli: Cli, made: Host, tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text(json.dumps({"channel": "telegram", "senderId": "42"}))
    done = cli("routing", "explain", "--json-file", str(question), OPENCLAW_CONFIG=str(made.file))
    assert done.out.splitlines()[:4] == [
        "admitted: only if an operator approved the sender",
        "agent: family",
        "session: agent:family:telegram:direct:42",
        "by: binding.channel",
    ]
    assert "bindings[1]  8" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name the channel"),
        (("--channel", "telegram"), "name the conversation"),
        (("--channel", "telegram", "--peer", "42"), "write it as KIND:ID"),
        (("--channel", "telegram", "--peer", "crowd:42"), "is no kind of conversation; kinds: direct"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_words(
    cli: Cli, made: Host, arguments: tuple[str, ...], says: str
) -> None:
    done = cli("route", "explain", *arguments, OPENCLAW_CONFIG=str(made.file))
    assert (done.code != 0, says in done.err) == (True, True), done.err


def test_the_gateway_knows_whom_operators_let_in(made: Host, client: Client) -> None:
    asked = {"channel": "telegram", "senderId": "42"}
    assert client.result("routing.explain", asked)["access"] == {"admitted": False, "reason": "unpaired"}
    pair(made, "42", Standing.APPROVED)
    found = client.result("routing.explain", asked)
    assert found["access"] == {"admitted": True, "reason": ""}
    assert found["candidates"][1]["line"] == 8


def test_the_gateway_explains_a_message_that_came_in(made: Host, client: Client) -> None:
    route = ReplyRoute("telegram", "default", "-100")
    envelope = InboundEnvelope("telegram", "default", "e1", Peer("group", "-100"), Sender("1"), "hi", route, "5")
    world = World(made.database)
    request = world.request("run-1", key="agent:family:telegram:default:group:-100")
    SqlIntakeStore(made.database).accept(replace(request, envelope=envelope, source_key="telegram:default:e1"))
    for name in (request.run_id, "telegram:default:e1"):
        found = client.result("routing.explain", {"message": name})
        assert found["sessionKey"] == "agent:family:telegram:default:group:-100:thread:5"
    error = client.call("routing.explain", {"message": "nothing"})["error"]
    assert "there is no message 'nothing'" in error["message"]
    error = client.call("routing.explain", {"message": "nothing", "channel": "x"})["error"]
    assert "not both" in error["message"]
