"""``openclaw approvals``: at a real gateway over a real database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.domain.approvals import Approval
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk, now_ms

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "I2")

Run = Callable[..., Done]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    state = tmp_path / "gateway"
    state.mkdir()
    with serving(Desk(), state) as served:
        yield served


@pytest.fixture
def run(cli: Cli, served: Served) -> Run:
    return lambda *arguments, **options: cli(
        *arguments,
        OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}",
        OPENCLAW_GATEWAY_TOKEN=TOKEN,
        **options,
    )


def asked(served: Served, number: int) -> str:
    approval = Approval(
        id=f"{number:08x}-0000-4000-8000-000000000000",
        wait_id="",
        run_id="",
        session_key="agent:main:x",
        agent_id="main",
        command="git push",
        cwd="/work",
        host="sandbox",
        programs=("/usr/bin/git",),
        created_at_ms=now_ms(),
        expires_at_ms=now_ms() + 60_000,
        can_always=True,
    )
    return served.gateway.services.approvals.request(approval).id


def test_a_request_is_shown_and_decided(run: Run, served: Served) -> None:
    assert "Nothing waits" in run("approvals", "list").out
    one, two = asked(served, 1), asked(served, 2)
    assert "git push" in run("approvals", "list").out
    assert {each["id"] for each in json.loads(run("approvals", "list", "--json").out)} == {one, two}
    assert "/usr/bin/git" in run("approvals", "show", one[:8]).out
    assert run("approvals", "deny", one[:8]).out.strip() == "00000001: deny"
    again = run("approvals", "approve", one[:8])
    assert (again.code, "denied already (deny)" in again.err) == (1, True)
    assert json.loads(run("approvals", "approve", two, "--always", "--json").out)["decision"] == "allow-always"
    unknown = run("approvals", "deny", "nobody")
    assert (unknown.code, "unknown approval id: nobody" in unknown.err) == (1, True)


def test_programs_that_were_allowed_are_shown_and_forgotten(run: Run, served: Served) -> None:
    assert "asked about" in run("approvals", "programs").out
    run("approvals", "approve", asked(served, 1), "--always")
    assert "/usr/bin/git" in run("approvals", "programs").out
    assert run("approvals", "forget", "/usr/bin/git", "--agent", "other").code == 1
    assert "asked about again" in run("approvals", "forget", "/usr/bin/git").out
    assert json.loads(run("approvals", "programs", "--json").out)["exists"] is False
