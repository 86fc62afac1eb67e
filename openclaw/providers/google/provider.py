"""One configured account with Google. No SDK: its client cannot be shut down while it waits for a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import httpx2

from openclaw.ports.cancel import CancelToken
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest
from openclaw.ports.provider import ListedModel, ModelEvent, ModelInfo, ModelRequest, ProviderConfig
from openclaw.providers.credentials import redactor_of
from openclaw.providers.google.embedding import embedding_body, read_vectors
from openclaw.providers.google.embedding import timeouts_of as embedding_time
from openclaw.providers.google.listing import read_list
from openclaw.providers.google.request import build_request
from openclaw.providers.google.stream import GenerateReader
from openclaw.providers.http_client import open_http_client, timeouts_of
from openclaw.providers.listing import PAGE, get_json
from openclaw.providers.model_stream import stream_model
from openclaw.providers.raw_http import send, to_bytes, translate

DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com/v1beta"


class GoogleProvider:
    """Thread-safe: the client is, and a call keeps its state to itself."""

    def __init__(self, config: ProviderConfig, api_key: str) -> None:
        self._config = config
        self._redactor = redactor_of(config)
        self._base_url = (config.base_url or DEFAULT_BASE_URL).rstrip("/")
        self._headers = {**config.headers, **({"x-goog-api-key": api_key} if api_key else {})}
        self._client = open_http_client()

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        provider = self._config.id
        return stream_model(
            provider,
            lambda: self._send(request),
            GenerateReader(provider, self._redactor),
            cancel,
            lambda error: translate(provider, error, self._redactor),
        )

    def models(self) -> tuple[ModelInfo, ...]:
        return self._config.models

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """The models that the vendor lists. Raises ProviderError."""
        provider, url = self._config.id, f"{self._base_url}/models?pageSize={PAGE}"
        answer = get_json(self._client, provider, url, self._headers, timeout_seconds, self._redactor)
        return read_list(provider, answer)

    def embed(self, request: EmbeddingRequest) -> EmbeddedTexts:
        """See ``EmbeddingProvider.embed``."""
        provider = self._config.id
        url = f"{self._base_url}/models/{quote(request.model, safe='')}:batchEmbedContents"
        try:
            body = to_bytes(embedding_body(request))
            response = send(self._client, url, body, self._headers, embedding_time(request))
            with closing(response):
                response.read()
        except httpx2.HTTPError as error:
            raise translate(provider, error, self._redactor) or error from None
        try:
            answer = response.json()
        except ValueError:
            answer = None
        return read_vectors(provider, answer, request)

    def close(self) -> None:
        self._client.close()

    def _send(self, request: ModelRequest) -> httpx2.Response:
        url = f"{self._base_url}/models/{quote(request.model, safe='')}:streamGenerateContent?alt=sse"
        return send(self._client, url, to_bytes(build_request(request)), self._headers, timeouts_of(request))
