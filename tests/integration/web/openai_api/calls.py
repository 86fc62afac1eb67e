"""How the tests call ``/v1``: by OpenAI's client, or byte by byte."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai

from openclaw.settings.sections.gateway import ChatCompletions, HttpApi, Responses
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN

EVERYTHING = HttpApi(
    chat_completions=ChatCompletions(enabled=True, max_body_bytes=100_000), responses=Responses(enabled=True)
)
HELLO: list[Any] = [{"role": "user", "content": "hello"}]
CHAT: dict[str, Any] = {"model": "openclaw", "messages": HELLO}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def open_client(served: Served, key: str = TOKEN) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=served.url("/v1"), max_retries=0, timeout=20)


def post(
    served: Served, path: str, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        data = body if isinstance(body, bytes) else json.dumps(body)
        connection.request("POST", path, data, BEARER if headers is None else headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), json.loads(response.read())
    finally:
        connection.close()


@contextmanager
def reading(served: Served, body: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
    """A raw stream, to be read line by line."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.request("POST", "/v1/chat/completions", json.dumps({**body, "stream": True}), BEARER)
    try:
        yield connection.getresponse()
    finally:
        connection.close()
