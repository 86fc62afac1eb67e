"""Who may write to an account, by its section and by what operators decided over single senders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from openclaw.domain.access import Asks, Reason, Standing, Verdict, judge, requires_mention, settle
from openclaw.domain.account_rules import AccountRules, GroupAccess
from openclaw.domain.envelope import InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender

pytestmark = pytest.mark.spec("I1")

ANY_GROUP = {"*": GroupAccess()}


def envelope(kind: PeerKind = "direct", sender: str = "42", peer: str = "7", **extra: Any) -> InboundEnvelope:
    route = ReplyRoute("telegram", "default", "7")
    who = Sender(sender, name="Ada  Lovelace")
    return InboundEnvelope("telegram", "default", "1", Peer(kind, peer), who, "Hi", route, extra=extra)


def reason(rules: AccountRules, message: InboundEnvelope, standing: Standing | None = None) -> Reason | None:
    return settle(judge(rules, message), standing)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (AccountRules("open"), None),
        (AccountRules("pairing"), Reason.UNPAIRED),
        (AccountRules("pairing", allow_from=("42",)), None),
        (AccountRules("disabled", allow_from=("42",)), Reason.DM_DISABLED),
        (AccountRules("allowlist"), Reason.DM_NOT_LISTED),
        (AccountRules("allowlist", allow_from=("41", "42")), None),
        (AccountRules("allowlist", allow_from=("*",)), None),
    ],
)
def test_a_direct_message_goes_by_the_dm_policy(rules: AccountRules, expected: Reason | None) -> None:
    assert reason(rules, envelope()) is expected


@pytest.mark.parametrize(
    ("rules", "message", "approved", "refused"),
    [
        (AccountRules("pairing"), envelope(), None, Reason.REFUSED),
        (AccountRules("open"), envelope(), None, Reason.REFUSED),
        (AccountRules("allowlist"), envelope(), Reason.DM_NOT_LISTED, Reason.DM_NOT_LISTED),
        (AccountRules("pairing", allow_from=("42",)), envelope(), None, None),
        (AccountRules("pairing"), envelope("group"), Reason.GROUP_NOT_LISTED, Reason.GROUP_NOT_LISTED),
        (AccountRules(groups=ANY_GROUP), envelope("group"), None, Reason.REFUSED),
        (AccountRules(groups=ANY_GROUP, group_allow_from=("41",)), envelope("group"), *[Reason.GROUP_SENDER_NOT_LISTED] * 2),
    ],
)  # fmt: skip
def test_approval_is_for_direct_messages_and_refusal_for_all_unless_the_file_names_the_sender(
    rules: AccountRules, message: InboundEnvelope, approved: Reason | None, refused: Reason | None
) -> None:
    assert reason(rules, message, Standing.APPROVED) is approved
    assert reason(rules, message, Standing.REFUSED) is refused


@pytest.mark.parametrize("kind", ["direct", "group"])
@pytest.mark.parametrize(
    ("rules", "direct", "group"),
    [
        (AccountRules("pairing"), None, Reason.GROUP_NOT_LISTED),
        (AccountRules("allowlist", allow_from=("41",), groups=ANY_GROUP), None, None),
        (AccountRules("disabled", group_policy="disabled"), Reason.DM_DISABLED, Reason.GROUP_DISABLED),
        (AccountRules(groups={"7": GroupAccess(allow_from=("42",))}), None, None),
        (AccountRules(groups={"7": GroupAccess(enabled=False)}), None, Reason.GROUP_OFF),
    ],
)
def test_a_deletion_by_nobody_goes_by_the_conversation(
    rules: AccountRules, kind: PeerKind, direct: Reason | None, group: Reason | None
) -> None:
    deletion = replace(envelope(kind, sender=""), event="delete")
    assert judge(rules, deletion) == Verdict(direct if kind == "direct" else group)
    assert judge(rules, replace(deletion, event="reaction")) == judge(rules, envelope(kind, sender=""))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (AccountRules("open"), Reason.GROUP_NOT_LISTED),
        (AccountRules(group_policy="disabled", groups=ANY_GROUP), Reason.GROUP_DISABLED),
        (AccountRules(group_policy="open"), None),
        (AccountRules(groups={"7": GroupAccess()}), None),
        (AccountRules(groups={"8": GroupAccess()}), Reason.GROUP_NOT_LISTED),
        (AccountRules(groups={"*": GroupAccess(), "7": GroupAccess(enabled=False)}), Reason.GROUP_OFF),
        (AccountRules(group_policy="open", groups={"7": GroupAccess(enabled=False)}), Reason.GROUP_OFF),
        (AccountRules(groups=ANY_GROUP, allow_from=("41",)), Reason.GROUP_SENDER_NOT_LISTED),
        (AccountRules(groups=ANY_GROUP, allow_from=("41",), group_allow_from=("42",)), None),
        (AccountRules(groups={"7": GroupAccess(allow_from=("42",))}, group_allow_from=("41",)), None),
        (AccountRules(groups={"7": GroupAccess(allow_from=("41",))}, group_allow_from=("42",)), Reason.GROUP_SENDER_NOT_LISTED),
        (AccountRules(group_policy="open", groups={"7": GroupAccess(allow_from=("41",))}), Reason.GROUP_SENDER_NOT_LISTED),
        (AccountRules(group_allow_from=("42",)), None),
        (AccountRules(group_allow_from=("41",)), Reason.GROUP_SENDER_NOT_LISTED),
        (AccountRules(group_allow_from=("42",), groups={"8": GroupAccess()}), Reason.GROUP_NOT_LISTED),
    ],
)  # fmt: skip
def test_a_group_is_admitted_by_its_name_and_its_members_by_theirs(
    rules: AccountRules, expected: Reason | None
) -> None:
    assert reason(rules, envelope("group")) is expected


@pytest.mark.parametrize(
    ("key", "extra"),
    [
        ("#Room", {}),
        ("c-parent", {"parent_peer": {"kind": "channel", "id": "C-Parent"}}),
        ("guild:G1", {"guild_id": "G1"}),
        ("team:T1", {"team_id": "T1"}),
    ],
)
def test_a_group_is_named_by_itself_or_by_what_it_hangs_on(key: str, extra: dict[str, Any]) -> None:
    rules = AccountRules(groups={key: GroupAccess()})
    assert reason(rules, envelope("channel", peer="#room", **extra)) is None


@pytest.mark.parametrize(
    "entry", ["42", "id:42", "username:@ADA", "username:ada", "e164:+49 170 123", "name:ada lovelace", "*"]
)
def test_a_sender_is_named_by_what_the_platform_says_of_him(entry: str) -> None:
    message = envelope(sender_username="Ada", sender_e164="+49170123")
    assert reason(AccountRules("allowlist", allow_from=(entry,)), message) is None


@pytest.mark.parametrize("entry", ["ada", "username:42", "Ada Lovelace", "name:42", "id:Ada", "e164:42"])
def test_a_name_of_one_kind_is_none_of_another(entry: str) -> None:
    assert (
        reason(AccountRules("allowlist", allow_from=(entry,)), envelope(sender_username="Ada")) is Reason.DM_NOT_LISTED
    )


def test_ids_with_colons_are_ids() -> None:
    assert reason(AccountRules("allowlist", allow_from=("users:9",)), envelope(sender="users:9")) is None


def test_only_what_the_configuration_leaves_open_is_looked_up() -> None:
    assert judge(AccountRules("allowlist", allow_from=("42",)), envelope()).asks is Asks.NOTHING
    assert judge(AccountRules("disabled"), envelope()).asks is Asks.NOTHING


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({}, None),
        ({"7": GroupAccess()}, None),
        ({"7": GroupAccess(require_mention=False)}, False),
        ({"*": GroupAccess(require_mention=True), "7": GroupAccess()}, True),
        ({"*": GroupAccess(require_mention=True), "7": GroupAccess(require_mention=False)}, False),
    ],
)
def test_whether_a_mention_is_needed_is_said_of_a_group_or_of_all(
    groups: dict[str, GroupAccess], expected: bool | None
) -> None:
    assert requires_mention(AccountRules(groups=groups), envelope("group")) is expected
