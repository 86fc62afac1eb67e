"""Plain HTTP beside the WebSocket."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from openclaw.domain.envelope import MediaRef
from openclaw.errors import InvalidRequest, RedisUnavailable, StoreUnavailable
from openclaw.ports.media import StoredMedia
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

SIGNED = {"X-Twin-Secret": "open sesame"}


def fetch(
    url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.mark.spec("B1")
def test_one_port_serves_http_beside_the_websocket(served: Served) -> None:
    with served.client() as client:
        status, headers, body = fetch(served.url("/"))
        assert (status, json.loads(body)["version"]) == (200, "1.2.3")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert client.result("health")["ok"]


def test_live_says_nothing_of_the_parts_and_ready_names_the_missing(served: Served) -> None:
    assert json.loads(fetch(served.url("/readyz"))[2])["ready"] is True
    served.desk.trouble = StoreUnavailable()
    time_over = time.monotonic() + 10
    while (found := fetch(served.url("/readyz")))[0] == 200 and time.monotonic() < time_over:
        continue
    assert (found[0], json.loads(found[2])["failing"]) == (503, ["database"])
    assert fetch(served.url("/healthz"))[0] == 200


def test_a_draining_gateway_is_not_ready(served: Served) -> None:
    served.gateway.drain()
    status, _, body = fetch(served.url("/readyz"))
    assert (status, json.loads(body)["failing"]) == (503, ["draining"])


def test_the_checks_run_once_a_second_however_many_ask(serve: Callable[..., Served]) -> None:
    asked: list[int] = []
    served = serve(checks={"redis": lambda: asked.append(1)})
    began = time.monotonic()
    for _ in range(20):
        fetch(served.url("/readyz"))
    assert len(asked) <= 1 + int(time.monotonic() - began + 1)


def test_metrics_count_what_happens(served: Served) -> None:
    with served.client() as client:
        client.result("chat.send", {"sessionKey": "x", "message": "a", "idempotencyKey": "k"})
        client.call("no.such.method")
        text = fetch(served.url("/metrics"))[2].decode()
    assert "openclaw_gateway_connections 1.0" in text
    assert 'openclaw_gateway_requests_total{method="chat.send",outcome="ok"} 1.0' in text
    assert 'openclaw_gateway_requests_total{method="unknown",outcome="INVALID_REQUEST"} 1.0' in text
    assert 'openclaw_gateway_accepted_total{source="client"} 1.0' in text
    assert 'openclaw_store_rows{kind="sessions"} 1.0' in text


def test_metrics_are_for_this_machine_and_those_with_the_secret(served: Served) -> None:
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert fetch(served.url("/metrics"), headers=proxied)[0] == 401
    assert fetch(served.url("/metrics"), headers={**proxied, "Authorization": f"Bearer {TOKEN}"})[0] == 200


# --- webhooks -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("B1", "C10")
def test_a_signed_webhook_is_durable_before_it_gets_its_200(served: Served) -> None:
    status, _, body = fetch(served.url("/webhooks/twin/default"), b"text:hello", SIGNED)
    assert (status, json.loads(body)) == (200, {"ok": True, "accepted": 1})
    assert served.desk.envelopes[0].text == "hello"


@pytest.mark.spec("B1", "C10")
@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/webhooks/twin/default", b"text:hello", {}, 401),
        ("/webhooks/twin/default", b"garbage", SIGNED, 400),
        ("/webhooks/twin/other", b"text:hello", SIGNED, 404),
        ("/webhooks/twin/deaf", b"text:hello", SIGNED, 404),
        ("/webhooks/nobody/default", b"text:hello", SIGNED, 404),
        ("/webhooks/twin/default", b"text:" + b"x" * 1_100_000, SIGNED, 413),
        ("/webhooks/twin/default", None, SIGNED, 405),
    ],
)
def test_webhooks_that_are_not_taken(
    served: Served, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    assert fetch(served.url(path), body, headers)[0] == status
    assert not served.desk.envelopes


@pytest.mark.spec("B1")
@pytest.mark.parametrize("trouble", [StoreUnavailable(), RedisUnavailable(retry_after_seconds=7)])
def test_while_a_part_is_away_the_platform_is_asked_to_come_back(served: Served, trouble: StoreUnavailable) -> None:
    served.desk.trouble = trouble
    status, headers, _ = fetch(served.url("/webhooks/twin/default"), b"text:hello", SIGNED)
    assert status == 503
    assert headers["Retry-After"] == str(round(trouble.retry_after_seconds or 5))


def test_a_message_that_can_never_be_taken_does_not_hold_up_the_others(served: Served) -> None:
    served.desk.trouble = InvalidRequest("session key too long")
    assert fetch(served.url("/webhooks/twin/default"), b"text:hello", SIGNED)[0] == 200


# --- media --------------------------------------------------------------------------------------------------------


class Shelf:
    """A media store with two files."""

    def __init__(self, folder: Path) -> None:
        self._files = {"pic": ("image/png", b"\x89PNG"), "page": ("text/html", b"<script>")}
        self._folder = folder

    def save(self, content: bytes, *, name: str = "", declared_mime: str = "") -> MediaRef:
        raise InvalidRequest("this shelf is full")

    def open(self, media_id: str) -> StoredMedia | None:
        if media_id not in self._files:
            return None
        mime, content = self._files[media_id]
        path = self._folder / media_id
        path.write_bytes(content)
        return StoredMedia(MediaRef(media_id, mime), path, 0)

    def sweep(self) -> int:
        return 0


@pytest.mark.spec("B1", "H3")
def test_media_is_for_those_with_the_secret_and_never_runs(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve(media=Shelf(tmp_path))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert fetch(served.url("/media/pic"))[0] == 401
    assert fetch(served.url("/media/pic"), headers={"Authorization": "Bearer wrong"})[0] == 401
    status, headers, body = fetch(served.url("/media/pic"), headers=bearer)
    assert (status, headers["Content-Type"], body) == (200, "image/png", b"\x89PNG")
    _, headers, _ = fetch(served.url("/media/page"), headers=bearer)
    assert headers["Content-Disposition"].startswith("attachment")
    assert fetch(served.url("/media/unknown"), headers=bearer)[0] == 404


def test_a_browser_gets_a_page_and_a_program_gets_json(served: Served) -> None:
    _, headers, body = fetch(served.url("/"), headers={"Accept": "text/html,*/*;q=0.5"})
    assert headers["Content-Type"].startswith("text/html")
    assert b"OpenClaw is running" in body
    assert fetch(served.url("/"))[1]["Content-Type"] == "application/json"
