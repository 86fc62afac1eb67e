"""``/v1/embeddings`` over an embedder that counts letters."""

from __future__ import annotations

import base64
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from openclaw.errors import ConfigError, Overloaded
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.provider import ModelRef
from openclaw.settings.sections.gateway import HttpApi, Responses
from tests.integration.web.openai_api.calls import BEARER, post
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk

BODY = {"model": "openclaw", "input": "x"}


@dataclass
class Letters:
    """An embedder whose vectors are how long a text is; ``begun`` and ``go_on`` hold it up."""

    asked: list[tuple[str, tuple[str, ...], int | None]] = field(default_factory=list)
    trouble: Exception | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event | None = None

    def embed(self, ref: ModelRef, texts: tuple[str, ...], dimensions: int | None = None) -> EmbeddedTexts:
        self.asked.append((str(ref), texts, dimensions))
        self.begun.set()
        if self.go_on is not None:
            self.go_on.wait(20)
        if self.trouble is not None:
            raise self.trouble
        return EmbeddedTexts(tuple((float(len(text)), 0.5) for text in texts), 3)


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    http = HttpApi(responses=Responses(enabled=True), embedding_model="mock/embed", embedding_calls=1)
    facts: dict[str, Any] = {"http": http, "embedder": Letters(), "vendors": ("mock", "acme")}
    with serving(Desk(), tmp_path_factory.mktemp("state"), **facts) as served:
        yield served


@pytest.fixture
def letters(_shared: Served) -> Letters:
    """The gateway's embedder, as new."""
    embedder = _shared.gateway.services.embedder
    assert isinstance(embedder, Letters)
    embedder.__init__()  # type: ignore[misc]
    return embedder


@pytest.fixture
def served(_shared: Served, letters: Letters) -> Served:
    return _shared


@pytest.mark.spec("B1")
def test_embeddings_are_made_by_the_model_that_is_configured(served: Served, letters: Letters) -> None:
    plain = post(served, "/v1/embeddings", {"model": "openclaw", "input": ["a", "bcd"], "dimensions": 2})[2]
    assert [(item["index"], item["embedding"]) for item in plain["data"]] == [(0, [1.0, 0.5]), (1, [3.0, 0.5])]
    assert plain["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    body = {"model": "mock/embed", "input": "abcd", "encoding_format": "base64"}
    packed = post(served, "/v1/embeddings", body, {**BEARER, "x-openclaw-model": "acme/big"})[2]
    assert struct.unpack("<2f", base64.b64decode(packed["data"][0]["embedding"])) == (4.0, 0.5)
    assert letters.asked == [("mock/embed", ("a", "bcd"), 2), ("acme/big", ("abcd",), None)]


@pytest.mark.spec("B1", "B4")
@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"model": "openclaw"}, 400, "input"),
        ({"model": "openclaw", "input": []}, 400, "input"),
        ({"model": "openclaw", "input": ""}, 400, "input"),
        ({"model": "openclaw", "input": [1, 2]}, 400, "input[0]"),
        ({"model": "openclaw", "input": ["x"] * 2049}, 400, "input"),
        ({**BODY, "encoding_format": "hex"}, 400, "encoding_format"),
        ({**BODY, "dimensions": 0}, 400, "dimensions"),
        ({**BODY, "model": "text-embedding-3"}, 404, "model"),
        ({"model": "openclaw", "input": "x" * 3_000_000}, 413, None),
    ],
)
def test_what_cannot_be_embedded_is_named(
    served: Served, letters: Letters, body: Any, status: int, param: str | None
) -> None:
    answered = post(served, "/v1/embeddings", body)
    assert (answered[0], answered[2]["error"]["param"]) == (status, param)
    assert letters.asked == []


@pytest.mark.spec("B1", "F12")
def test_an_embedding_models_failure_is_told(served: Served, letters: Letters) -> None:
    letters.trouble = ConfigError("no such thing")
    assert post(served, "/v1/embeddings", BODY)[0] == 400
    letters.trouble = Overloaded("busy", retry_after_seconds=7)
    status, headers, _ = post(served, "/v1/embeddings", BODY)
    assert (status, headers["Retry-After"]) == (503, "7")
    letters.trouble = None
    assert post(served, "/v1/embeddings", BODY)[0] == 200


@pytest.mark.spec("B1")
def test_no_more_embeddings_are_made_at_a_time_than_may_be(
    served: Served, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.http.openai.embeddings.PATIENCE_SECONDS", 0.01)
    letters.go_on = threading.Event()
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(post(served, "/v1/embeddings", BODY)[0]))
    thread.start()
    letters.begun.wait(20)
    status, headers, _ = post(served, "/v1/embeddings", BODY)
    letters.go_on.set()
    thread.join(20)
    assert (status, headers["Retry-After"], first) == (429, "1", [200])
