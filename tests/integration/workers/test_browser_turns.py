"""Turns that use a page: in a worker that has a browser, which they wait for without holding a slot."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw.composition.browser_tool import build_browser_desk
from tests.integration.workers.cluster import Cluster, cluster
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.spec("E9"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a page."""
    (tmp_path / "index.html").write_text("<title>Shop</title><h1>Shoes and socks</h1>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def config(site: str) -> str:
    return f'[browser]\nenabled = true\n[tools.web]\nallow_private = ["{site}"]\n'


def navigate(site: str) -> str:
    return f'[[tool:browser {{"action": "navigate", "url": "http://{site}/"}}]] go'


SNAPSHOT = '[[tool:browser {"action": "snapshot"}]] go'


def results(c: Cluster) -> list[str]:
    return [row["blocks"] for row in c.ledger.query("SELECT blocks FROM transcript WHERE role = 'tool' ORDER BY seq")]


def homes(c: Cluster) -> list[str]:
    return [row["home"] for row in c.ledger.query("SELECT home FROM browser_acts ORDER BY created_at_ms")]


def test_a_turn_waits_for_a_browser_without_a_slot(redis_client, redis_url, site):
    with cluster(redis_url, config(site)) as c:
        c.start(concurrency=1)
        run_id = c.say(navigate(site))
        wait_until(lambda: c.run(run_id).get("status") == "suspended", 20)
        # The one slot is free.
        assert c.wait_done(c.say("hello", session="other"))["status"] == "succeeded"
        c.start(queues="browser")
        assert c.wait_done(run_id)["status"] == "succeeded"
        assert "Shoes and socks" in results(c)[0]


def test_a_session_finds_its_page_again_and_hears_when_it_went_with_its_worker(redis_client, redis_url, site):
    with cluster(redis_url, config(site)) as c:
        c.start()
        browsers = {worker.name: worker for worker in (c.start(queues="browser"), c.start(queues="browser"))}
        c.wait_done(c.say(navigate(site)))
        for _ in range(3):
            c.wait_done(c.say(SNAPSHOT))
        assert ["Shoes and socks" in text for text in results(c)] == [True] * 4
        (home,) = set(homes(c))
        browsers[home.partition("@")[0]].kill()
        run_id = c.say(SNAPSHOT)
        desk = build_browser_desk(c.settings, c.storage, c.redis.doorbell)
        wait_until(lambda: desk.sweep() >= 0 and c.run(run_id).get("status") == "succeeded", 30, interval=0.5)
        assert "No page is open; navigate to one first." in results(c)[-1]
        assert homes(c)[-1] not in ("", home)
        c.wait_done(c.say(navigate(site)))
        assert "Shoes and socks" in results(c)[-1]


def test_a_worker_without_a_browser_says_what_is_missing(redis_client, redis_url, site):
    with cluster(
        redis_url, config(site).replace("enabled = true", 'enabled = true\nexecutable = "no-such-browser"')
    ) as c:
        c.start(queues="agent.main,browser")
        assert c.wait_done(c.say(navigate(site)))["status"] == "succeeded"
        assert "There is no Chromium where the worker runs" in results(c)[0]
