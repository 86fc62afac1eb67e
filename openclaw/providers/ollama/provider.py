"""One Ollama server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import httpx2

from openclaw.errors import ProviderError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ListedModel, ModelEvent, ModelInfo, ModelRequest, ProviderConfig, Pulled
from openclaw.providers.credentials import api_key_of, redactor_of
from openclaw.providers.http_client import open_http_client, timeouts_of
from openclaw.providers.listing import entries, get_json, in_order, text
from openclaw.providers.model_stream import stream_model
from openclaw.providers.ollama.request import build_request
from openclaw.providers.ollama.stream import ChatReader, iter_lines
from openclaw.providers.raw_http import send, to_bytes, translate
from openclaw.providers.vendor_errors import VendorFailure, to_error

DEFAULT_BASE_URL = "http://127.0.0.1:11434"
#: Of calls that are no conversation, in seconds. A pull says something every few of them.
TIMEOUT_SECONDS = 60.0


class OllamaProvider:
    """Thread-safe: the client is, and a call keeps its state to itself."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._redactor = redactor_of(config)
        self._base_url = (config.base_url or DEFAULT_BASE_URL).rstrip("/").removesuffix("/api")
        key = api_key_of(config)
        self._headers = {**config.headers, **({"authorization": f"Bearer {key}"} if key else {})}
        self._contexts = {model.id: model.context_window for model in config.models}
        self._client = open_http_client()

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        provider = self._config.id
        return stream_model(
            provider,
            lambda: self._send(request),
            ChatReader(provider, self._redactor),
            cancel,
            lambda error: translate(provider, error, self._redactor),
            split=iter_lines,
        )

    def models(self) -> tuple[ModelInfo, ...]:
        return self._config.models

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """The models that the server has. Raises ProviderError."""
        provider, url = self._config.id, f"{self._base_url}/api/tags"
        answer = get_json(self._client, provider, url, self._headers, timeout_seconds, self._redactor)
        return in_order([ListedModel(text(model.get("name"))) for model in entries(provider, answer, "models")])

    def pull(self, model: str) -> Iterator[Pulled]:
        """Have the server fetch a model. Raises ProviderError."""
        try:
            body = to_bytes({"model": model, "stream": True})
            response = send(
                self._client, f"{self._base_url}/api/pull", body, self._headers, httpx2.Timeout(TIMEOUT_SECONDS)
            )
            with closing(response):
                for line in iter_lines(response.iter_bytes()):
                    said = json.loads(line)
                    if said.get("error"):
                        raise to_error(self._config.id, VendorFailure.read(said), self._redactor)
                    yield Pulled(str(said.get("status", "")), said.get("completed") or 0, said.get("total") or 0)
        except httpx2.HTTPError as error:
            raise self._known(error) from None

    def close(self) -> None:
        self._client.close()

    def _send(self, request: ModelRequest) -> httpx2.Response:
        body = to_bytes(build_request(request, self._contexts.get(request.model, 0)))
        return send(self._client, f"{self._base_url}/api/chat", body, self._headers, timeouts_of(request))

    def _known(self, error: httpx2.HTTPError) -> ProviderError | httpx2.HTTPError:
        return translate(self._config.id, error, self._redactor) or error
