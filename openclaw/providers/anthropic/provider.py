"""One configured vendor that speaks Anthropic's wire format. Importing this imports the SDK."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import httpx2

from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ListedModel, ModelEvent, ModelInfo, ModelRequest, ProviderConfig
from openclaw.providers.anthropic.errors import translate
from openclaw.providers.anthropic.listing import read_list
from openclaw.providers.anthropic.request import build_request
from openclaw.providers.anthropic.stream import MessageReader
from openclaw.providers.credentials import redactor_of
from openclaw.providers.http_client import open_http_client, timeouts_of
from openclaw.providers.listing import PAGE
from openclaw.providers.model_stream import stream_model

DEFAULT_BASE_URL = "https://api.anthropic.com"
#: https://docs.anthropic.com/en/api/beta-headers
BETA = "anthropic-beta"


class AnthropicProvider:
    """Thread-safe: the SDK's client is, and a call keeps its state to itself."""

    def __init__(self, config: ProviderConfig, api_key: str) -> None:
        self._config = config
        self._redactor = redactor_of(config)
        self._client = anthropic.Anthropic(
            api_key=api_key,
            base_url=config.base_url or DEFAULT_BASE_URL,
            max_retries=0,
            default_headers=_headers(config),
            http_client=open_http_client(),
        )

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        provider = self._config.id
        return stream_model(
            provider,
            lambda: self._send(request),
            MessageReader(provider, self._redactor),
            cancel,
            lambda error: translate(provider, error, self._redactor),
        )

    def models(self) -> tuple[ModelInfo, ...]:
        return self._config.models

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """The models that the vendor lists. Raises ProviderError."""
        provider = self._config.id
        try:
            answer = self._client.get(
                "/v1/models", cast_to=object, options={"timeout": timeout_seconds, "params": {"limit": PAGE}}
            )
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            raise translate(provider, error, self._redactor) or error from None
        return read_list(provider, answer)

    def close(self) -> None:
        self._client.close()

    def _send(self, request: ModelRequest) -> httpx2.Response:
        # ``post`` rather than ``messages.create``: the typed method copies the whole conversation, and its stream
        # builds a model per token.
        return self._client.post(
            "/v1/messages",
            cast_to=object,
            body=build_request(request),
            options={"timeout": timeouts_of(request)},
            stream=True,
            stream_cls=anthropic.Stream[object],
        ).response


def _headers(config: ProviderConfig) -> dict[str, str]:
    """Those that are configured, with the previews that the account takes part in beside those named there."""
    named = next((value for name, value in config.headers.items() if name.lower() == BETA), "")
    wanted = [each.strip() for each in (named, *config.options.get("betas", "").split(",")) if each.strip()]
    others = {name: value for name, value in config.headers.items() if name.lower() != BETA}
    return {**others, BETA: ",".join(wanted)} if wanted else others
