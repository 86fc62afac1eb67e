"""``openclaw pairing``: an operator's command line at a real gateway whose strangers are in a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openclaw.coordination.memory_stream import MemoryRunStream
from openclaw.domain.envelope import InboundEnvelope, Peer, ReplyRoute, Sender
from tests.integration.cli.in_process import Cli, Done, cli
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import TOKEN, Desk

__all__ = ["cli"]
pytestmark = pytest.mark.spec("A4", "I1")

Run = Callable[..., Done]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "gateway").mkdir()
    with serving(Desk(MemoryRunStream(tick_seconds=0.05)), tmp_path / "gateway") as running:
        yield running


@pytest.fixture
def pairing(served: Served, cli: Cli) -> Run:
    return lambda *arguments: cli(
        "pairing",
        *arguments,
        OPENCLAW_GATEWAY_URL=f"ws://127.0.0.1:{served.port}",
        OPENCLAW_GATEWAY_TOKEN=TOKEN,
    )


@pytest.fixture
def stranger(served: Served) -> Callable[[str], str]:
    """Somebody writes for the first time; his code."""

    def write(sender: str, channel: str = "twin") -> str:
        desk, route = served.gateway.services.senders, ReplyRoute(channel, "default", sender)
        who = Sender(sender, name=f"Mr {sender}")
        desk.ask(InboundEnvelope(channel, "default", sender, Peer("direct", sender), who, "hi", route))
        return next(request.code for request in desk.requests() if request.sender_id == sender)

    return write


def test_a_stranger_is_listed_and_let_in(pairing: Run, stranger: Callable[..., str]) -> None:
    assert pairing("list").out == "Nobody waits.\n"
    code = stranger("42")
    listed = pairing("list").out
    assert all(part in listed for part in (code, "twin/default", "Mr 42", "openclaw pairing approve CODE"))
    assert json.loads(pairing("list", "--json").out)["requests"][0]["metadata"]["code"] == code
    assert pairing("approve", code.lower()).out == "Mr 42 may write to twin/default\n"
    assert "approved" in pairing("allowed").out
    assert json.loads(pairing("allowed", "--json").out)["senders"][0]["senderId"] == "42"


@pytest.mark.parametrize("words", [("twin", "CODE"), ("CODE", "--channel", "twin"), ()])
def test_a_stranger_is_named_in_several_ways(
    pairing: Run, stranger: Callable[..., str], words: tuple[str, ...]
) -> None:
    code = stranger("42")
    done = pairing("approve", *(code if word == "CODE" else word for word in words), "--json")
    assert json.loads(done.out)["notification"] == "sent"


def test_the_quiet_are_not_told(pairing: Run, stranger: Callable[..., str]) -> None:
    assert json.loads(pairing("approve", stranger("42"), "--quiet", "--json").out)["notification"] == "not-requested"


def test_a_stranger_is_refused_and_that_is_taken_back(pairing: Run, stranger: Callable[..., str]) -> None:
    assert pairing("reject", stranger("42")).out == "Mr 42 is refused for good\n"
    assert "refused" in pairing("allowed").out
    assert pairing("revoke", "42").out == "Mr 42 was refused, and is a stranger again\n"
    assert pairing("allowed").out == "Nobody was decided over.\n"


def test_a_request_is_dismissed(pairing: Run, stranger: Callable[..., str]) -> None:
    assert pairing("dismiss", stranger("42")).out == "the request of Mr 42 is gone\n"
    assert pairing("list").out == "Nobody waits.\n"


def test_what_cannot_be_done_says_what_can(pairing: Run, stranger: Callable[..., str]) -> None:
    assert "nobody waits: `openclaw pairing list`" in pairing("approve").err
    assert "it may have been decided, or have expired" in pairing("reject", "ABCDEFGH").err
    assert "`openclaw pairing allowed` lists" in pairing("revoke", "42").err
    stranger("1")
    stranger("2")
    done = pairing("approve")
    assert (done.code, "2 strangers wait; name one by its code" in done.err) == (1, True)
    assert "name one channel and one code" in pairing("approve", "twin", "x", "y").err


def test_one_sender_at_two_accounts_must_be_told_apart(pairing: Run, stranger: Callable[..., str]) -> None:
    for channel in ("twin", "other"):
        pairing("approve", stranger("42", channel))
    assert "add --channel and --account" in pairing("revoke", "42").err
    assert pairing("revoke", "42", "--channel", "other").code == 0
