"""Who may write to an account."""

from __future__ import annotations

import pytest

from openclaw.domain.access import admits
from openclaw.domain.account_rules import AccountRules
from openclaw.domain.envelope import InboundEnvelope, Peer, PeerKind, ReplyRoute, Sender


def envelope(kind: PeerKind = "direct", sender: str = "42") -> InboundEnvelope:
    route = ReplyRoute("telegram", "default", "7")
    return InboundEnvelope("telegram", "default", "1", Peer(kind, "7"), Sender(sender), "Hi", route)


@pytest.mark.parametrize(
    ("rules", "admitted"),
    [
        (AccountRules("open"), True),
        (AccountRules("pairing"), False),
        (AccountRules("disabled", allow_from=("42",)), False),
        (AccountRules("allowlist"), False),
        (AccountRules("allowlist", allow_from=("41", "42")), True),
        (AccountRules("allowlist", allow_from=("*",)), True),
    ],
)
def test_a_direct_message_goes_by_the_dm_policy(rules, admitted):
    assert admits(rules, envelope()) is admitted
