"""``[session]``, ``[broadcast]`` and ``[[bindings]]``: what they come to, and what is wrong with them."""

from __future__ import annotations

import pytest

from openclaw.domain.session_key import DmScope, SessionScope
from openclaw.errors import ConfigError
from tests.unit.settings.conftest import Load

pytestmark = pytest.mark.spec("D1", "D2")

AGENTS = "[agents.main]\n[agents.helper]\n"


def test_sessions_are_apart_unless_told_otherwise(load: Load) -> None:
    assert load("").session.dm_scope is DmScope.PER_ACCOUNT_CHANNEL_PEER
    rules = load(
        '[session]\nscope = "global"\ndm_scope = "per-peer"\n'
        '[session.identity_links]\nAda = ["telegram:42", "discord:U9"]\n'
    ).session
    assert (rules.scope, rules.dm_scope) == (SessionScope.GLOBAL, DmScope.PER_PEER)
    assert rules.links == {"telegram:42": "ada", "discord:u9": "ada"}


@pytest.mark.parametrize("table", ["[broadcast]", "[broadcast.peers]"])
def test_a_conversation_of_several_agents(load: Load, table: str) -> None:
    settings = load(f'{AGENTS}{table}\n"telegram:-100" = ["main", "helper"]\n"C1" = ["helper"]\n')
    assert settings.broadcast == {"telegram:-100": ("main", "helper"), "c1": ("helper",)}


@pytest.mark.parametrize(
    ("config", "path", "message"),
    [
        ('[session.identity_links]\na = ["1"]\nb = ["1"]\n', "session.identity_links.b[0]", "'1' is a already"),
        ('[session.identity_links]\n"a b" = ["1"]\n', "session.identity_links", "no spaces and no colons"),
        ('[session.identity_links]\na = [""]\n', "session.identity_links.a[0]", "is blank"),
        ('[session]\ndm_scope = "per-pear"\n', "session.dm_scope", 'did you mean "per-peer"?'),
        (AGENTS + '[broadcast]\n"7" = ["helpr"]\n', "broadcast.peers", 'did you mean "helper"?'),
        (AGENTS + '[broadcast]\n"7" = []\n', "broadcast.peers", "names no agent"),
        (AGENTS + '[broadcast]\nstrategie = "parallel"\n', "broadcast.strategie", 'did you mean "strategy"?'),
        (AGENTS + '[broadcast]\nstrategy = "sequential"\n', "broadcast.strategy", "expected one of parallel"),
        (
            "[[bindings]]\nagent = 'main'\nmatch = { channel = 'x', peer = { kind = 'group', id = ' ' } }\n",
            "bindings[0].match.peer.id",
            "is blank",
        ),
        (
            "[[bindings]]\nagent = 'main'\nmatch = { channel = 'x', peer = { kind = 'grop', id = '1' } }\n",
            "bindings[0].match.peer.kind",
            'did you mean "group"?',
        ),
    ],
)
def test_what_means_nothing_is_refused_in_words(load: Load, config: str, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config)
    (problem,) = caught.value.details["problems"]
    assert problem["path"].startswith(path)
    assert message in problem["message"]
