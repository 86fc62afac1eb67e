"""``POST /v1/embeddings``: texts as vectors, from the one model that is configured for it, or the one a header names.

The vendor is called from the gateway's own process: a bounded number of calls at a time, each with a time limit.
"""

from __future__ import annotations

import base64
import threading
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from openclaw.errors import ConfigError, ProviderError
from openclaw.ports.embedding import EmbeddedTexts
from openclaw.ports.provider import ModelRef
from web.http.openai.body import load
from web.http.openai.errors import TOO_MANY, ApiError, invalid, of_reason
from web.http.openai.target import agent_of, backend_of, model_not_found
from web.validation import Anything, Params, Text, Whole

if TYPE_CHECKING:
    from web.gateway import Gateway

MAX_TEXTS = 2048
MAX_DIMENSIONS = 65_536
#: How long a call waits for others to end before the answer is "too many".
PATIENCE_SECONDS = 5.0


class _Body(Params):
    model = Text(required=True, min_length=1)
    input = Anything(required=True)
    encoding_format = Text(one_of=("float", "base64"))
    dimensions = Whole(minimum=1, maximum=MAX_DIMENSIONS)
    user = Text()


_body = _Body()


class Embeddings:
    """Answers requests. Thread-safe."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._places = threading.BoundedSemaphore(gateway.services.facts.http.embedding_calls)

    def answer(self, body: Mapping[str, Any], headers: Headers) -> dict[str, Any]:
        """Raises ApiError."""
        fields = load(_body, body)
        texts = _texts(fields["input"])
        ref = self._model(fields["model"], headers)
        embedder = self._gateway.services.embedder
        if embedder is None:
            raise _not_configured()
        with self._place():
            try:
                found = embedder.embed(ref, texts, fields.get("dimensions"))
            except ProviderError as error:
                raise of_reason(error.reason, str(error), error.retry_after_seconds) from error
            except ConfigError as error:
                raise invalid(str(error), "model") from error
        return _shape(found, fields["model"], as_base64=fields.get("encoding_format") == "base64")

    def _model(self, name: str, headers: Headers) -> ModelRef:
        facts = self._gateway.services.facts
        configured = facts.http.embedding_model
        if name != configured and agent_of(name, facts) is None:
            raise model_not_found(name)
        wanted = backend_of(headers, facts) or configured
        if not wanted:
            raise _not_configured()
        return ModelRef.parse(wanted)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PATIENCE_SECONDS):
            raise ApiError(TOO_MANY, "Too many embeddings are being made; try again.", retry_after_seconds=1.0)
        try:
            yield
        finally:
            self._places.release()


def _not_configured() -> ApiError:
    message = "No model is configured for embeddings (gateway.http.embedding_model)."
    return invalid(message, "model", "embeddings_not_configured")


def _texts(given: Any) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise invalid("Invalid value for 'input': must be a string or a list of strings.", "input")
    if len(texts) > MAX_TEXTS:
        raise invalid(f"There may be at most {MAX_TEXTS} texts.", "input")
    for index, text in enumerate(texts):
        param = f"input[{index}]" if isinstance(given, list) else "input"
        if not isinstance(text, str):
            message = f"Invalid value for '{param}': must be string; tokens are not supported, send the text."
            raise invalid(message, param)
        if not text:
            raise invalid(f"Invalid value for '{param}': must not be empty.", param)
    return tuple(texts)


def _shape(found: EmbeddedTexts, model: str, *, as_base64: bool) -> dict[str, Any]:
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(vector) if as_base64 else list(vector)}
        for index, vector in enumerate(found.vectors)
    ]
    usage = {"prompt_tokens": found.input_tokens, "total_tokens": found.input_tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _encoded(vector: tuple[float, ...]) -> str:
    """Little-endian floats of four bytes, as every machine that we run on has them."""
    return base64.b64encode(array("f", vector).tobytes()).decode()
