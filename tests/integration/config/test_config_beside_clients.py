"""A large configuration is read and edited without holding up anybody else, under the server that is shipped."""

from __future__ import annotations

import json
import select
from pathlib import Path
from typing import Any

import pytest

from tests.integration.web.client import Client
from tests.integration.web.gunicorn_process import running_gunicorn
from tests.integration.web.twins import TOKEN

#: Enough for an edit to take a large part of a second.
AGENTS = 100
#: Questions of others that are answered meanwhile; without help of native threads it is one or two.
ANSWERED = 8


def large() -> str:
    return "".join(
        f'[agents.a{n}]\nname = "Agent {n}"  # number {n}\nsystem_prompt = """\nyou are\nnumber {n}\n"""\n'
        f'[channels.loopback.accounts.a{n}]\ntoken = "t{n}"\n'
        for n in range(AGENTS)
    )


@pytest.mark.spec("B8")
@pytest.mark.parametrize(
    ("method", "params"),
    [("config.get", {}), ("config.patch", {"raw": json.dumps({"agents": {"a1": {"name": "Crab"}}})})],
)
def test_others_are_answered_while_a_large_configuration_is_worked_on(
    tmp_path: Path, method: str, params: dict[str, Any]
) -> None:
    (tmp_path / "config.toml").write_text(large())
    with running_gunicorn("gevent", tmp_path) as (_, port), Client(port) as editor, Client(port) as other:
        editor.connect(TOKEN)
        other.connect(TOKEN)
        if method == "config.patch":
            params = {**params, "baseHash": editor.result("config.get", {})["hash"]}
        request = editor.send(method, params)
        answered = 0
        while not editor.answers.get(request):
            other.result("system-presence", {})
            answered += 1
            if select.select([editor.ws.sock], [], [], 0)[0]:
                editor.frame()
        assert editor.answer(request)["ok"]
    assert answered >= ANSWERED
