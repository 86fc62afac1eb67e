"""Where callers come from, and the words that devices sign."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openclaw.domain.device_proof import signed_texts
from openclaw.ports.secrets import Secret
from web.auth.peer import Peer, is_loopback, networks, origin_allowed
from web.services import AuthPolicy


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "app.localhost", "::ffff:127.0.0.1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "::ffff:10.0.0.1"]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


TOKEN = AuthPolicy(token=Secret("x"), allowed_origins=("https://ops.example",))
NONE = AuthPolicy("none")


def test_a_proxy_hides_who_calls() -> None:
    assert Peer.from_environ({"REMOTE_ADDR": "127.0.0.1"}, NONE).is_local
    assert Peer.from_environ({"REMOTE_ADDR": ""}, NONE).is_local
    assert not Peer.from_environ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, NONE).is_local
    assert not Peer.from_environ({"REMOTE_ADDR": "192.0.2.1"}, NONE).is_local


PROXIED = AuthPolicy(trusted_proxies=networks(["10.0.0.0/8", "127.0.0.1", "fd00::/8"]))
REAL_IP = replace(PROXIED, allow_real_ip=True)


@pytest.mark.parametrize(
    ("remote", "headers", "policy", "client"),
    [
        ("192.0.2.1", {"X_FORWARDED_FOR": "203.0.113.9"}, PROXIED, "192.0.2.1"),
        ("10.0.0.1", {"X_FORWARDED_FOR": "203.0.113.9"}, PROXIED, "203.0.113.9"),
        ("::ffff:10.0.0.1", {"X_FORWARDED_FOR": "203.0.113.9"}, PROXIED, "203.0.113.9"),
        ("10.0.0.1", {"X_FORWARDED_FOR": "1.2.3.4, 203.0.113.9, 10.9.9.9"}, PROXIED, "203.0.113.9"),
        ("10.0.0.1", {"X_FORWARDED_FOR": "10.1.1.1, 10.2.2.2"}, PROXIED, "10.1.1.1"),
        ("10.0.0.1", {"X_FORWARDED_FOR": "203.0.113.9, nonsense"}, PROXIED, "10.0.0.1"),
        ("10.0.0.1", {}, PROXIED, "10.0.0.1"),
        ("10.0.0.1", {"X_REAL_IP": "203.0.113.9"}, PROXIED, "10.0.0.1"),
        ("10.0.0.1", {"X_REAL_IP": "203.0.113.9"}, REAL_IP, "203.0.113.9"),
        ("192.0.2.1", {"X_REAL_IP": "203.0.113.9"}, REAL_IP, "192.0.2.1"),
        ("fd00::1", {"X_FORWARDED_FOR": "2001:db8::1"}, PROXIED, "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_say_who_is_behind_them(
    remote: str, headers: dict[str, str], policy: AuthPolicy, client: str
) -> None:
    environ = {"REMOTE_ADDR": remote, **{f"HTTP_{name}": value for name, value in headers.items()}}
    assert Peer.from_environ(environ, policy).client == client


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
