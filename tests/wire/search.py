"""A server that speaks the search engines' formats, and what they answer.

Samples after https://api-dashboard.search.brave.com/app/documentation/web-search/responses,
https://docs.tavily.com/documentation/api-reference/endpoint/search, https://docs.searxng.org/dev/search_api.html, and the
markup of https://html.duckduckgo.com/html/.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

BRAVE = {
    "type": "search",
    "query": {"original": "nile"},
    "web": {
        "type": "search",
        "results": [
            {
                "title": "The <strong>Nile</strong>",
                "url": "https://rivers.example/nile",
                "description": "The <strong>Nile</strong> is long &amp; old.",
                "age": "2 days ago",
            },
            {"title": "Delta", "url": "https://rivers.example/delta", "description": "Where it ends."},
        ],
    },
}
TAVILY = {
    "query": "nile",
    "answer": None,
    "results": [
        {"title": "The Nile", "url": "https://rivers.example/nile", "content": "The Nile is long & old.", "score": 0.9},
        {"title": "Delta", "url": "https://rivers.example/delta", "content": "Where it ends.", "score": 0.5},
    ],
    "response_time": 0.8,
}
SEARXNG = {
    "query": "nile",
    "number_of_results": 0,
    "results": [
        {
            "url": "https://rivers.example/nile",
            "title": "The Nile",
            "content": "The Nile is long & old.",
            "engine": "bing",
            "publishedDate": "2026-01-02T00:00:00",
        },
        {"url": "https://rivers.example/delta", "title": "Delta", "content": "Where it ends.", "publishedDate": None},
        {"url": "javascript:alert(1)", "title": "no page", "content": ""},
    ],
    "answers": [],
    "suggestions": [],
}
DUCKDUCKGO = """<html><body><div id="links" class="results">
<div class="result results_links results_links_deep result--ad"><h2 class="result__title">
<a class="result__a" href="https://duckduckgo.com/y.js?ad_domain=shop.example">Buy a river</a></h2>
<a class="result__snippet" href="https://duckduckgo.com/y.js">Cheap rivers.</a></div>
<div class="result results_links results_links_deep web-result"><div class="links_main"><h2 class="result__title">
<a rel="nofollow" class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Frivers.example%2Fnile&amp;rut=ab">The
<b>Nile</b></a></h2><a class="result__snippet" href="//duckduckgo.com/l/?uddg=x">The <b>Nile</b> is long &amp; old.<br></a>
</div></div>
<div class="result results_links web-result"><h2 class="result__title">
<a class="result__a" href="https://rivers.example/delta">Delta</a></h2>
<a class="result__snippet" href="x">Where it ends.</a></div></div></body></html>"""
CHALLENGE = '<html><body><div class="anomaly-modal__title">Please complete the following challenge</div></body></html>'


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Engine:
    """Answers every path as it is told."""

    answer: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answers(self, body: object, status: int = 200, **headers: str) -> None:
        """What it says from now on."""
        self.answer = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.status, self.headers = status, headers


@contextmanager
def search_engine() -> Iterator[Engine]:
    """A running one."""
    engine = Engine()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            form = sent if "urlencoded" in headers.get("content-type", "") else ""
            params = dict(parse_qsl(parts.query or form))
            engine.asked.append(Asked(self.command, parts.path, params, headers, sent))
            self.send_response(engine.status)
            for name, value in engine.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(engine.answer)))
            self.end_headers()
            self.wfile.write(engine.answer)

        do_POST = do_GET  # noqa: N815 - the server's name for it

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    engine.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
