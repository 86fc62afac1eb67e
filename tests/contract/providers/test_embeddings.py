"""Texts as vectors, by every family that makes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing

import pytest

from openclaw.errors import AuthFailed, Overloaded, ProviderTimeout, RateLimited
from openclaw.ports.embedding import EmbeddingProvider, EmbeddingRequest
from tests.contract.providers.families import KEY, open_provider
from tests.wire.google import server as google_wire
from tests.wire.google.server import GoogleWireServer
from tests.wire.openai.server import OpenAIWireServer, error_body
from tests.wire.sse_server import HANG, Reply


@pytest.fixture(scope="module")
def _server() -> Iterator[OpenAIWireServer]:
    with OpenAIWireServer() as running:
        yield running


@pytest.fixture
def server(_server: OpenAIWireServer) -> OpenAIWireServer:
    _server.reset()
    return _server


@pytest.fixture
def wired(server: OpenAIWireServer) -> Iterator[EmbeddingProvider]:
    yield from _opened("openai-completions", server.base_url)


@pytest.fixture(params=["demo", "openai-completions"])
def provider(request: pytest.FixtureRequest, server: OpenAIWireServer) -> Iterator[EmbeddingProvider]:
    yield from _opened(request.param, "" if request.param == "demo" else server.base_url)


def _opened(api: str, base_url: str) -> Iterator[EmbeddingProvider]:
    opened = open_provider(api, base_url)
    assert isinstance(opened, EmbeddingProvider)
    yield opened
    opened.close()


def test_each_text_has_its_vector_in_order(provider: EmbeddingProvider) -> None:
    texts = ("one", "three words here", "one")
    found = provider.embed(EmbeddingRequest("hash", texts, dimensions=8))
    assert [len(vector) for vector in found.vectors] == [8, 8, 8]
    assert found.vectors[0] == found.vectors[2] != found.vectors[1]
    assert found.input_tokens == 5
    again = provider.embed(EmbeddingRequest("hash", texts[1:2], dimensions=8))
    assert again.vectors[0] == pytest.approx(found.vectors[1])


def test_the_demo_models_vectors_are_of_length_one_and_close_for_shared_words() -> None:
    (demo,) = _opened("demo", "")
    texts = ("the cat sat", "the cat slept", "entirely different words", "")
    cat, sleeping, other, empty = demo.embed(EmbeddingRequest("hash", texts)).vectors
    assert all(math.hypot(*vector) == pytest.approx(1.0) for vector in (cat, sleeping, other, empty))
    assert _cosine(cat, sleeping) > _cosine(cat, other)


def _cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_dimensions_are_said_only_when_asked_for(wired: EmbeddingProvider, server: OpenAIWireServer) -> None:
    wired.embed(EmbeddingRequest("m", ("x",)))
    wired.embed(EmbeddingRequest("m", ("x",), dimensions=2))
    assert [request.body.get("dimensions") for request in server.requests] == [None, 2]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_refusals_have_their_class_and_are_not_tried_again(wired: EmbeddingProvider, server: OpenAIWireServer) -> None:
    for status, expected in ((401, AuthFailed), (429, RateLimited), (500, Overloaded)):
        server.script(Reply.of_json(error_body(f"no, {KEY}", "server_error"), status))
        with pytest.raises(expected) as raised:
            wired.embed(EmbeddingRequest("m", ("x",)))
        assert KEY not in str(raised.value)
    assert len(server.requests) == 3


@pytest.mark.parametrize("body", [{"data": []}, {"object": "list"}, {"data": [{"index": 0, "embedding": [1.0]}] * 2}])
def test_an_answer_without_the_vectors_is_the_vendors_failure(
    wired: EmbeddingProvider, server: OpenAIWireServer, body: object
) -> None:
    server.script(Reply.of_json(body))
    with pytest.raises(Overloaded):
        wired.embed(EmbeddingRequest("m", ("x",)))


def test_a_vendor_that_does_not_answer_is_given_up(wired: EmbeddingProvider, server: OpenAIWireServer) -> None:
    server.script(Reply([HANG], mute=True))
    with pytest.raises(ProviderTimeout):
        wired.embed(EmbeddingRequest("m", ("x",), timeout_seconds=0.1))


def test_a_family_that_makes_none_says_so() -> None:
    provider = open_provider("anthropic-messages")
    assert not isinstance(provider, EmbeddingProvider)
    provider.close()


def test_googles_vectors_come_in_the_order_of_the_texts() -> None:
    with GoogleWireServer() as server, closing(open_provider("google-generative-ai", server.base_url)) as provider:
        asked = EmbeddingRequest("gemini-embedding-001", ("a", "three"), dimensions=2, timeout_seconds=5)
        assert provider.embed(asked).vectors == ((1.0, 0.5), (5.0, 0.5))  # type: ignore[attr-defined]
        (request,) = server.requests
        assert request.body["requests"][1] == {
            "model": "models/gemini-embedding-001",
            "content": {"parts": [{"text": "three"}]},
            "outputDimensionality": 2,
        }
        refused = Reply.of_json(google_wire.error_body("slow", 429), 429)
        server.script(Reply.of_json({"embeddings": [{"values": [1.0]}]}), refused)
        for error in (Overloaded, RateLimited):
            with pytest.raises(error):
                provider.embed(asked)  # type: ignore[attr-defined]
