"""The proxy of programs that connect by themselves: it leads where fetches may go, and only who has its password."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import httpx2
import pytest

from openclaw.net.guarded_proxy import REFUSED, GuardedProxy
from tests.wire.search import Engine, search_engine

pytestmark = pytest.mark.spec("E9")


@pytest.fixture
def site() -> Iterator[Engine]:
    with search_engine() as running:
        running.answers("a page")
        yield running


@pytest.fixture
def proxy(site: Engine) -> Iterator[GuardedProxy]:
    """For it, ``site.example`` is a private host that the operator allows, and ``inner.example`` one that is not."""

    def look_up(host: str, port: int) -> Sequence[str]:
        if host not in ("site.example", "inner.example"):
            raise OSError("no such name")
        return ["127.0.0.1"]

    made = GuardedProxy({f"site.example:{port_of(site)}"}, resolve=look_up)
    made.start()
    yield made
    made.stop()


def port_of(site: Engine) -> int:
    return int(site.url.rpartition(":")[2])


def get(proxy: GuardedProxy, url: str, password: str | None = None) -> httpx2.Response:
    way = httpx2.Proxy(proxy.url, auth=(proxy.user, password or proxy.password))
    with httpx2.Client(proxy=way, trust_env=False) as client:
        return client.get(url)


def connect(proxy: GuardedProxy, target: str) -> tuple[bytes, socket.socket]:
    """Ask for a tunnel; the answer's first line."""
    word = httpx2.BasicAuth(proxy.user, proxy.password)._auth_header
    tunnel = socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])))
    tunnel.sendall(f"CONNECT {target} HTTP/1.1\r\nProxy-Authorization: {word}\r\n\r\n".encode())
    return tunnel.recv(1000).partition(b"\r\n")[0], tunnel


def test_what_may_be_reached_is_passed_on_without_what_is_the_proxy_s(proxy: GuardedProxy, site: Engine) -> None:
    answer = get(proxy, f"http://site.example:{port_of(site)}/page?a=b")
    assert (answer.status_code, answer.text) == (200, "a page")
    (asked,) = site.asked
    assert (asked.path, asked.params) == ("/page", {"a": "b"})
    assert asked.headers["host"] == f"site.example:{port_of(site)}"
    assert not [name for name in asked.headers if name.startswith("proxy-")]


@pytest.mark.parametrize("host", ["inner.example", "127.0.0.1", "localhost"])
def test_what_is_private_is_refused_by_name_and_by_address(proxy: GuardedProxy, site: Engine, host: str) -> None:
    answer = get(proxy, f"http://{host}:{port_of(site)}/")
    assert (answer.status_code, answer.headers[REFUSED]) == (403, "1")
    line, tunnel = connect(proxy, f"{host}:{port_of(site)}")
    tunnel.close()
    assert b" 403 " in line
    assert not site.asked


def test_a_tunnel_carries_both_ways(proxy: GuardedProxy, site: Engine) -> None:
    line, tunnel = connect(proxy, f"site.example:{port_of(site)}")
    assert b" 200 " in line
    with tunnel:
        tunnel.sendall(b"GET /deep HTTP/1.0\r\nHost: x\r\n\r\n")
        said = b"".join(iter(lambda: tunnel.recv(1000), b""))
    assert said.endswith(b"a page")


def test_nobody_else_of_this_machine_may_use_it(proxy: GuardedProxy, site: Engine) -> None:
    assert get(proxy, f"http://site.example:{port_of(site)}/", password="guessed").status_code == 407
    assert not site.asked


@pytest.mark.parametrize("url", ["http://unknown.example/", "ftp://site.example/"])
def test_what_leads_nowhere_is_a_bad_gateway(proxy: GuardedProxy, url: str) -> None:
    if url.startswith("http"):
        assert get(proxy, url).status_code == 502
    else:
        with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2]))) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            assert b" 400 " in raw.recv(1000)
