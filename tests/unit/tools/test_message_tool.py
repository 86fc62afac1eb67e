"""``message``: where it goes when little is said, and whom an agent may not write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.message_guard import MessageRules
from openclaw.domain.run import FencedRun
from openclaw.errors import ToolError
from openclaw.net.guarded import Fetcher
from openclaw.ports.cancel import CancelToken
from openclaw.ports.store import OutboxFile
from openclaw.ports.tool import ToolContext
from openclaw.tools.message import MessageTool

pytestmark = pytest.mark.spec("E9")

HERE = ReplyRoute("telegram", "default", "42", thread_id="7", reply_to="m1")
RUN = FencedRun("run", 1, 3)


class Office:
    """Takes what is sent, for two channels with accounts and one without."""

    def __init__(self, rules=MessageRules()):  # noqa: B008 - frozen
        self.allowed = rules
        self.sent = []

    def accounts(self):
        return {"telegram": ("default", "work"), "slack": ("team",), "matrix": ()}

    def rules(self):
        return self.allowed

    def post(self, run, route, text, key):
        assert run is RUN
        self.sent.append((route, text, key))
        return 1

    def takes_files(self, channel):
        return channel == "telegram"

    def post_file(self, run, route, file, key):
        assert run is RUN
        self.sent.append((route, file, key))


def kept(content, name):
    return OutboxFile(content.decode(), "text/plain", name)


def send(office, here=HERE, workspace=Path(), fetcher=Fetcher(), **arguments):  # noqa: B008 - frozen
    context = ToolContext("run", "k", "main", workspace, "m", CancelToken(), wait_id="run:4", route=here, run=RUN)
    return MessageTool(office, kept, fetcher).run({"action": "send", "message": "hi", **arguments}, context).text


def test_without_a_target_it_goes_to_the_conversation_under_the_call_s_name():
    office = Office()
    assert send(office) == "On its way to 42 on telegram (default)."
    assert office.sent == [(ReplyRoute("telegram", "default", "42", "7"), "hi", "tool:run:4")]


def test_the_account_of_the_conversation_is_open_unless_the_operator_closes_it():
    office = Office()
    send(office, to="telegram:99")
    assert office.sent[0][0] == ReplyRoute("telegram", "default", "99")
    with pytest.raises(ToolError, match=r"may not write to telegram:default:99.*\[tools\.message\] targets"):
        send(Office(MessageRules(within_account=False)), to="99")
    send(Office(MessageRules(within_account=False)))


@pytest.mark.parametrize(
    ("targets", "is_allowed"),
    [((), False), (("slack:C1",), True), (("slack:team:*",), True), (("slack:other:*", "telegram:*"), False)],
)
@pytest.mark.parametrize("here", [HERE, CLIENT_ROUTE])
def test_another_channel_takes_a_word_of_the_operator(targets, is_allowed, here):
    office = Office(MessageRules(targets=targets))
    if is_allowed:
        send(office, here, channel="slack", to="C1")
        assert office.sent[0][0] == ReplyRoute("slack", "team", "C1")
    else:
        with pytest.raises(ToolError, match="may not write to slack:team:C1"):
            send(office, here, channel="slack", to="C1")
        assert not office.sent


@pytest.mark.parametrize(
    ("here", "arguments", "says"),
    [
        (HERE, {"channel": "sms"}, "no channel 'sms'. Known: matrix, slack, telegram"),
        (HERE, {"channel": "client"}, "no channel 'client'"),
        (HERE, {"account": "nobody"}, "telegram has no account 'nobody'. Known: default, work"),
        (HERE, {"channel": "slack"}, "Name whom on slack"),
        (HERE, {"channel": "matrix", "to": "x"}, "Name an account of matrix. Known: none"),
        (CLIENT_ROUTE, {}, "on no channel; name one"),
        (HERE, {"action": "delete"}, "action"),
        (HERE, {"message": "  "}, "is empty"),
    ],
)
def test_a_place_that_is_none_is_refused_with_those_that_are(here, arguments, says):
    office = Office()
    with pytest.raises(ToolError, match=says):
        send(office, here, **arguments)
    assert not office.sent


def test_a_file_of_the_workspace_goes_behind_the_words(tmp_path):
    (tmp_path / "report.txt").write_text("all is well")
    office = Office()
    assert send(office, workspace=tmp_path, file="report.txt", to="99") == "On its way to 99 on telegram (default)."
    there = ReplyRoute("telegram", "default", "99")
    file = OutboxFile("all is well", "text/plain", "report.txt")
    assert office.sent == [(there, "hi", "tool:run:4"), (there, file, "tool:run:4:file")]
    send(office, workspace=tmp_path, file="report.txt", message="")
    assert [what for _, what, _ in office.sent[2:]] == [file]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"file": "../secret"}, "inside the workspace"),
        ({"file": "missing"}, "missing"),
        ({"file": "empty"}, "is empty"),
        ({"file": "report.txt", "channel": "slack", "to": "C1"}, "slack takes no files"),
        ({"message": " "}, "there is no file"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(tmp_path, arguments, says):
    (tmp_path / "report.txt").write_text("x")
    (tmp_path / "empty").write_text("")
    office = Office(MessageRules(targets=("slack:*",)))
    with pytest.raises(ToolError, match=says):
        send(office, workspace=tmp_path, **arguments)
    assert office.sent == []
