"""``browser`` in a real Chromium: pages are used by the refs that are shown, and nothing private is ever reached."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from openclaw.browser.chromium import BrowserPlan, Chromium
from openclaw.composition.browser_tool import find_browser
from openclaw.errors import ToolError
from openclaw.intake.browser_desk import acted
from openclaw.net.guarded_proxy import GuardedProxy
from openclaw.ports.browser import BrowserAct
from openclaw.ports.cancel import CancelToken
from openclaw.ports.tool import Suspension, ToolContext, ToolOutcome
from openclaw.tools.browser import NO_ANSWER, BrowserTool
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.spec("E9"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine"),
]

HOME = """<html><head><title>Shop</title></head><body><h1>Hello</h1>
<form action="/found"><label>Query <input name="q"></label>
<label>Size <select name="s"><option>Small</option><option>Large</option></select></label><button>Go</button></form>
<a href="/two" target="_blank">New</a></body></html>"""
NOSY = """<html><head><title>Nosy</title></head><body><h1>Nosy</h1>
<iframe src="http://inner.example:{port}/frame"></iframe><img src="http://127.0.0.1:{port}/picture">
<script>
Promise.allSettled([fetch("http://localhost:{port}/fetched", {{mode: "no-cors"}}),
  new Promise((_, no) => {{ new WebSocket("ws://inner.example:{port}/socket").onerror = no; }}),
]).then(() => {{ document.querySelector("h1").textContent = "tried"; }});
</script></body></html>"""


@dataclass
class Site:
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = "site.example") -> str:
        return f"http://{host}:{self.port}{path}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(f"{self.headers['host']}{self.path}")
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("location", made.url("/secret", "inner.example"))
                self.end_headers()
                return
            pages = {"/": HOME, "/nosy": NOSY.format(port=made.port)}
            body = pages.get(self.path, f"<title>At {self.path}</title><h1>page {self.path}</h1>").encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


class Kept(dict[str, bytes]):
    """Pictures by id."""

    def keep(self, picture: bytes) -> str:
        self[f"p{len(self)}"] = picture
        return f"p{len(self) - 1}"


class NoWorker:
    """Asks nobody: the test does what is asked for."""

    def ask(self, action: str, arguments: Any, context: ToolContext) -> Suspension:
        return Suspension("browser", {"action": action}, again=True)


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Chromium]:
    """A browser for which ``site.example`` is a private host that the operator allows."""

    def look_up(host: str, port: int) -> list[str]:
        if host.endswith((".example", "127.0.0.1", "localhost")):
            return ["127.0.0.1"]
        raise OSError("no such name")

    proxy = GuardedProxy({f"site.example:{site.port}"}, resolve=look_up)
    browser = Chromium(BrowserPlan(find_browser() or "", idle_seconds=5), proxy=proxy)
    yield browser
    browser.close()


@pytest.fixture
def act(browser: Chromium, tmp_path: Path):
    """Act in a session, as a turn and a worker do together; by default in one of the test's own."""
    kept = Kept()
    tool = BrowserTool(NoWorker(), kept.get)

    def done(action: str, session: str = tmp_path.name, **arguments: object) -> str:
        wanted = {"action": action, **arguments}
        context = ToolContext("r", f"agent:main:{session}", "main", tmp_path, "m", CancelToken())
        assert isinstance(tool.run(wanted, context), Suspension)
        answer = acted(BrowserAct("w", context.session_key, action, wanted, 0, 0), browser, kept.keep)
        outcome = tool.run(wanted, replace(context, answer=answer))
        assert isinstance(outcome, ToolOutcome)
        return outcome.text

    return done


def ref(shown: str, what: str) -> str:
    """The ref of what is shown so."""
    found = re.search(re.escape(what) + r".*?\[ref=(\w+)\]", shown)
    assert found is not None, shown
    return found[1]


def test_a_form_is_filled_in_and_sent(act, site):
    shown = act("navigate", url=site.url("/"))
    assert "Title: Shop" in shown
    assert shown.index("<untrusted-data") < shown.index('heading "Hello"') < shown.index("</untrusted-data")
    shown = act("select", ref=ref(shown, 'combobox "Size"'), values=["Large"])
    shown = act("type", ref=ref(shown, 'textbox "Query"'), text="shoes", submit=True)
    assert f"Address: {site.url('/found?q=shoes&s=Large')}" in shown
    assert 'heading "Hello"' in act("back")


def test_a_link_that_opens_a_window_leads_there_and_a_picture_is_a_file(act, site, tmp_path):
    shown = act("navigate", url=site.url("/"))
    act("click", ref=ref(shown, 'link "New"'))
    # The window opens in its own time.
    wait_until(lambda: 'heading "page /two"' in act("snapshot"), 20)
    assert "shots/two.png" in act("screenshot", path="shots/two.png")
    assert (tmp_path / "shots" / "two.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ToolError):
        act("screenshot", path="../outside.png")


def test_neither_an_address_nor_a_redirect_nor_a_page_leads_to_what_is_private(act, site):
    for url in (site.url("/", "inner.example"), site.url("/", "127.0.0.1"), site.url("/elsewhere")):
        with pytest.raises(ToolError, match="is not a public address"):
            act("navigate", url=url)
    for url in ("file:///etc/passwd", "chrome://version", "javascript:alert(1)", "http://a:b@site.example/"):
        with pytest.raises(ToolError, match="opened"):
            act("navigate", url=url)
    act("navigate", url=site.url("/nosy"))
    assert 'heading "tried"' in act("click", ref=ref(act("snapshot"), "heading"))
    assert all(each.startswith("site.example:") for each in site.asked)


def test_sessions_do_not_share_a_page(act, site):
    act("navigate", url=site.url("/"))
    with pytest.raises(ToolError, match="No page is open"):
        act("snapshot", session="another")
    assert act("close") == "The page is closed."
    with pytest.raises(ToolError, match="No page is open"):
        act("snapshot")


def test_a_ref_that_is_none_is_explained(act, site):
    act("navigate", url=site.url("/"))
    with pytest.raises(ToolError, match="ref from the last snapshot"):
        act("click", ref="body >> nth=0")


def test_when_no_browser_answered_in_time_the_outcome_is_not_known(tmp_path):
    context = ToolContext("r", "agent:main:s", "main", tmp_path, "m", CancelToken(), answer={"outcome": "due"})
    with pytest.raises(ToolError, match=re.escape(NO_ANSWER)):
        BrowserTool(NoWorker(), {}.get).run({"action": "snapshot"}, context)
