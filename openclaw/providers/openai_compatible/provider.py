"""One configured vendor that speaks OpenAI's wire format. Importing this imports the SDK."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import openai

from openclaw.ports.cancel import CancelToken
from openclaw.ports.embedding import EmbeddedTexts, EmbeddingRequest
from openclaw.ports.provider import ListedModel, ModelEvent, ModelInfo, ModelRequest, ProviderConfig
from openclaw.providers.credentials import NO_KEY, redactor_of
from openclaw.providers.http_client import open_http_client, timeouts_of
from openclaw.providers.model_stream import stream_model
from openclaw.providers.openai_compatible import responses_request
from openclaw.providers.openai_compatible.dialects import dialect_of
from openclaw.providers.openai_compatible.embedding import embed
from openclaw.providers.openai_compatible.errors import translate, translated
from openclaw.providers.openai_compatible.listing import read_list
from openclaw.providers.openai_compatible.request import build_request
from openclaw.providers.openai_compatible.responses_stream import ResponseReader
from openclaw.providers.openai_compatible.speech import paint, speak
from openclaw.providers.openai_compatible.stream import CompletionReader
from openclaw.providers.openai_compatible.transcription import transcribe
from openclaw.providers.sse import iter_data_or_whole

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class OpenAICompatibleProvider:
    """Thread-safe: the SDK's client is, and a call keeps its state to itself."""

    def __init__(self, config: ProviderConfig, api_key: str) -> None:
        self._config = config
        self._redactor = redactor_of(config)
        base_url = config.base_url or DEFAULT_BASE_URL
        self._dialect = dialect_of(base_url)
        keyless = self._dialect.key_at_gateway and api_key == NO_KEY
        self._headers = {"Authorization": openai.Omit()} if keyless else {}
        self._responses = config.api == "openai-responses"
        self._reasons = frozenset(model.id for model in config.models if model.reasoning)
        self._client = openai.OpenAI(
            api_key=api_key,
            # Not the environment's: another vendor has no business with the operator's OpenAI account.
            organization="",
            project="",
            base_url=base_url,
            max_retries=0,
            default_headers={**self._dialect.headers, **config.headers},
            http_client=open_http_client(),
        )
        self._client.organization = self._client.project = None

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        provider = self._config.id
        reader = ResponseReader if self._responses else CompletionReader
        return stream_model(
            provider,
            lambda: self._send(request),
            reader(provider, self._redactor),
            cancel,
            lambda error: translate(provider, error, self._redactor),
            split=iter_data_or_whole,
        )

    def models(self) -> tuple[ModelInfo, ...]:
        return self._config.models

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """The models that the vendor lists. Raises ProviderError."""
        with translated(self._config.id, self._redactor):
            # Not ``models.list``: some vendors answer with a bare list, and what they add is wanted.
            answer = self._client.get(
                "/models", cast_to=object, options={"timeout": timeout_seconds, "headers": self._headers}
            )
        return read_list(self._config.id, answer)

    def embed(self, request: EmbeddingRequest) -> EmbeddedTexts:
        return embed(self._client, self._config.id, self._redactor, request)

    def transcribe(self, model: str, content: bytes, name: str, mime: str) -> str:
        return transcribe(self._client, self._config.id, self._redactor, model, content, name, mime)

    def speak(self, model: str, voice: str, words: str, *, opus: bool, timeout_seconds: float) -> bytes:
        client, provider, redactor = self._client, self._config.id, self._redactor
        return speak(client, provider, redactor, model, voice, words, opus=opus, timeout_seconds=timeout_seconds)

    def paint(self, model: str, prompt: str, size: str) -> bytes:
        return paint(self._client, self._config.id, self._redactor, model, prompt, size)

    def close(self) -> None:
        self._client.close()

    def _send(self, request: ModelRequest) -> httpx2.Response:
        if self._responses:
            reasons = request.model in self._reasons or bool(request.thinking)
            path, body = "/responses", responses_request.build_request(request, reasons=reasons)
        else:
            path, body = "/chat/completions", build_request(request, self._dialect)
        # ``post`` rather than ``chat.completions.create``: the typed method copies the whole conversation, and its
        # stream builds a model per token and gives up the connection at ``[DONE]``.
        return self._client.post(
            path,
            cast_to=object,
            body=body,
            options={"timeout": timeouts_of(request), "headers": self._headers},
            stream=True,
            stream_cls=openai.Stream[object],
        ).response
