"""Where callers come from, and the words that devices sign."""

from __future__ import annotations

import pytest

from openclaw.ports.secrets import Secret
from web.services import AuthPolicy
from web.ws.device import signed_texts
from web.ws.peer import Peer, is_loopback, origin_allowed


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "app.localhost", "::ffff:127.0.0.1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "::ffff:10.0.0.1"]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


def test_a_proxy_hides_who_calls() -> None:
    assert Peer.from_environ({"REMOTE_ADDR": "127.0.0.1"}).is_local
    assert Peer.from_environ({"REMOTE_ADDR": ""}).is_local
    assert not Peer.from_environ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}).is_local
    assert not Peer.from_environ({"REMOTE_ADDR": "192.0.2.1"}).is_local


TOKEN = AuthPolicy(token=Secret("x"), allowed_origins=("https://ops.example",))
NONE = AuthPolicy("none")


@pytest.mark.parametrize(
    ("peer", "policy", "allowed"),
    [
        (Peer("10.0.0.9", "gw.example", "https://gw.example"), TOKEN, True),
        (Peer("10.0.0.9", "gw.example:18789", "http://gw.example:18789"), TOKEN, True),
        (Peer("10.0.0.9", "gw.example", "https://ops.example"), TOKEN, True),
        (Peer("10.0.0.9", "gw.example", "https://evil.example"), TOKEN, False),
        (Peer("10.0.0.9", "gw.example", "http://localhost"), TOKEN, False),
        (Peer("127.0.0.1", "127.0.0.1:18789", "http://127.0.0.1:18789"), NONE, True),
        (Peer("127.0.0.1", "evil.example", "http://evil.example"), NONE, False),
        (Peer("127.0.0.1", "127.0.0.1", "null"), NONE, False),
        (Peer("127.0.0.1", "127.0.0.1", "http://[bad"), NONE, False),
        (Peer("10.0.0.9", "gw", "https://any.example"), AuthPolicy("none", allowed_origins=("*",)), True),
    ],
)
def test_which_pages_may_connect(peer: Peer, policy: AuthPolicy, allowed: bool) -> None:
    assert origin_allowed(peer, policy) is allowed


def test_the_words_that_a_device_signs() -> None:
    params = {
        "client": {"id": "cli", "mode": "cli", "platform": " LINUX", "deviceFamily": "ÄLinux"},
        "scopes": ["operator.write", "operator.read"],
        "auth": {"token": "T"},
        "device": {"id": "D", "signedAt": 7, "nonce": "N"},
    }
    common = "D|cli|cli|operator|operator.write,operator.read|7|T|N"
    assert signed_texts(params) == (f"v3|{common}|linux|Älinux", f"v2|{common}")
    without = {**params, "auth": None, "scopes": None}
    assert signed_texts(without)[1] == "v2|D|cli|cli|operator||7||N"
