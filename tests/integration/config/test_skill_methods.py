"""``skills.*`` as clients use them: over a socket, on real folders and a real configuration."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openclaw.settings.redaction import REDACTED
from tests.integration.config.conftest import Host
from tests.integration.web.client import Client
from tests.integration.web.devices import Device, node
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

pytestmark = pytest.mark.spec("E8", "B6")

CONFIG = f'# ours\n[gateway.auth]\ntoken = "{TOKEN}"\n[agents.main]\n[agents.guest]\nskills = ["poems"]\n'

Start = Callable[..., Served]
Make = Callable[..., Host]


def put(host: Host, name: str, says: str = "does it", more: str = "") -> Path:
    folder = host.file.parent / "skills" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: {says}\n{more}---\n")
    return folder


@pytest.fixture
def made(host: Make) -> Host:
    return host(text=CONFIG)


@pytest.fixture
def served(gateway: Start, made: Host) -> Served:
    put(made, "poems", more='metadata: {openclaw: {emoji: "🖋", primaryEnv: POET_KEY, requires: {env: [POET_KEY]}}}\n')
    return gateway(made)


@pytest.fixture
def client(served: Served) -> Client:
    with served.client() as connected:
        yield connected


def skills(client: Client, **params: str) -> dict[str, dict[str, Any]]:
    return {skill["name"]: skill for skill in client.result("skills.status", params)["skills"]}


def test_the_status_is_what_openclaws_own_clients_read(client: Client, made: Host) -> None:
    answer = client.result("skills.status", {})
    assert (answer["agentId"], answer["managedSkillsDir"]) == ("main", str(made.file.parent / "skills"))
    assert answer["workspaceDir"] == str(made.file.parent / "workspace")
    poems = skills(client)["poems"]
    recorded = (Path(__file__).parents[2] / "wire/openclaw/frames/cli-remote-skills-list.jsonl").read_text()
    theirs = next(
        frame["payload"]["skills"][0]
        for line in recorded.splitlines()
        if "skills" in (frame := json.loads(line)["frame"]).get("payload", {})
    )
    assert theirs.keys() - {"homepage"} <= poems.keys()
    nothing: dict[str, list[str]] = {"bins": [], "anyBins": [], "env": [], "config": [], "os": []}
    assert poems["missing"] == {**nothing, "env": ["POET_KEY"]} == poems["requirements"]
    assert (poems["source"], poems["eligible"], poems["disabled"], poems["primaryEnv"]) == (
        "openclaw-managed",
        False,
        False,
        "POET_KEY",
    )
    assert skills(client)["weather"]["eligible"] is True


def test_each_agent_has_its_own(client: Client) -> None:
    assert skills(client, agentId="guest")["weather"]["blockedByAgentFilter"] is True
    assert skills(client, sessionKey="agent:guest:main")["weather"]["eligible"] is False
    assert "not found" in client.call("skills.status", {"agentId": "nobody"})["error"]["message"]


def test_a_broken_skill_is_shown(client: Client, made: Host) -> None:
    folder = put(made, "odd", more="user-invocable: 5\n")
    (problem,) = client.result("skills.status", {})["problems"]
    assert problem == {
        "path": str(folder),
        "source": "openclaw-managed",
        "message": "user-invocable: must be true or false",
    }


def test_a_key_is_given_and_a_skill_is_had_at_once(client: Client, made: Host) -> None:
    answer = client.result("skills.update", {"skillKey": "poems", "apiKey": "s3cret", "env": {"STYLE": "haiku"}})
    assert answer["ok"] is True
    assert answer["config"] == {"enabled": True, "env": {"STYLE": REDACTED}, "api_key": REDACTED}
    assert tomllib.loads(made.file.read_text())["skills"]["entries"]["poems"] == {
        "api_key": "s3cret",
        "env": {"STYLE": "haiku"},
    }
    assert made.file.read_text().startswith("# ours")
    assert skills(client)["poems"]["eligible"] is True
    assert "s3cret" not in json.dumps(client.result("skills.status", {}))
    client.result("skills.update", {"skillKey": "poems", "apiKey": "", "env": {"STYLE": ""}})
    assert skills(client)["poems"]["eligible"] is False


def test_a_skill_is_taken_away_and_given_back(client: Client) -> None:
    client.result("skills.update", {"skillKey": "weather", "enabled": False})
    weather = skills(client)["weather"]
    assert (weather["disabled"], weather["eligible"], weather["modelVisible"]) == (True, False, False)
    client.result("skills.update", {"skillKey": "weather", "enabled": True})
    assert skills(client)["weather"]["eligible"] is True


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"skillKey": "nobody", "enabled": True}, "unknown skill 'nobody'; skills.status names those"),
        ({"skillKey": "poems", "env": {"LD_PRELOAD": "x"}}, "may not be given to commands"),
        ({"skillKey": "poems", "env": ["x"]}, "at /env: must be an object of strings"),
        ({"source": "clawhub", "all": True}, "invalid skills.update params"),
    ],
)
def test_what_cannot_be_said_of_a_skill_is_refused(client: Client, params: dict[str, Any], says: str) -> None:
    assert says in client.call("skills.update", params)["error"]["message"]


def test_readers_hear_that_skills_have_changed(served: Served, client: Client, made: Host) -> None:
    client.result("skills.status", {})  # behind the first look
    put(made, "songs")
    served.gateway.look_at_skills_soon()
    assert client.until("skills.changed") == {"reason": "watch"}
    client.events.clear()
    client.result("skills.update", {"skillKey": "songs", "enabled": False})
    assert client.until("skills.changed") == {"reason": "watch"}


def test_a_node_hears_which_programs_skills_need(served: Served, made: Host) -> None:
    put(made, "songs", more="metadata: {openclaw: {requires: {bins: [lilypond], anyBins: [fluidsynth, timidity]}}}\n")
    with served.stranger() as over:
        assert Device().connect(over, **node())["ok"]
        bins = over.result("skills.bins", {})["bins"]
    assert {"fluidsynth", "git", "lilypond", "timidity"} <= set(bins)
    assert bins == sorted(bins)


def test_what_would_run_a_package_manager_is_not_offered(served: Served) -> None:
    with served.stranger() as stranger:
        offered = stranger.connect(TOKEN)["payload"]["features"]
    assert "skills.install" not in offered["methods"]
    assert {"skills.status", "skills.bins", "skills.update"} <= set(offered["methods"])
    assert "skills.changed" in offered["events"]
