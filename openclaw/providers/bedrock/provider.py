"""One AWS account and region. botocore finds the credentials, signs and reads the frames; the connection is ours,
because its own cannot be shut down while it waits for a model.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from openclaw.errors import AuthFailed, ConfigError, ProviderError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.provider import ListedModel, ModelEvent, ModelInfo, ModelRequest, ProviderConfig
from openclaw.providers.bedrock.listing import MODELS, PROFILES, read_lists
from openclaw.providers.bedrock.request import build_request
from openclaw.providers.bedrock.stream import ConverseReader, iter_frames
from openclaw.providers.credentials import api_key_of, redactor_of
from openclaw.providers.http_client import open_http_client, timeouts_of
from openclaw.providers.listing import get_json
from openclaw.providers.model_stream import stream_model
from openclaw.providers.raw_http import send, to_bytes, translate

_SERVICE = "bedrock"


class BedrockProvider:
    """Thread-safe: the client is, and a call keeps its state to itself."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._redactor = redactor_of(config)
        self._key = api_key_of(config)
        self._session = Session(profile=config.options.get("profile") or None)
        try:
            self._region = config.options.get("region") or self._session.get_config_variable("region")
        except BotoCoreError as error:
            raise ConfigError(f"provider {config.id!r}: {error}") from None
        if not self._region:
            raise ConfigError(f"provider {config.id!r} has no region: set models.providers.{config.id}.region")
        self._base_url = (config.base_url or f"https://bedrock-runtime.{self._region}.amazonaws.com").rstrip("/")
        # Lists are another service's.
        self._lists_url = (config.base_url or f"https://bedrock.{self._region}.amazonaws.com").rstrip("/")
        self._client = open_http_client()
        # The chain of credentials is looked through by one thread at a time.
        self._lock = threading.Lock()

    def stream(self, request: ModelRequest, cancel: CancelToken) -> Iterator[ModelEvent]:
        provider = self._config.id
        return stream_model(
            provider,
            lambda: self._send(request),
            ConverseReader(provider, self._redactor),
            cancel,
            self._translate,
            split=iter_frames,
        )

    def models(self) -> tuple[ModelInfo, ...]:
        return self._config.models

    def available(self, timeout_seconds: float) -> tuple[ListedModel, ...]:
        """The models that the account can ask. Raises ProviderError."""
        provider = self._config.id
        models, profiles = (self._list(path, timeout_seconds) for path in (MODELS, PROFILES))
        return read_lists(provider, models, profiles)

    def close(self) -> None:
        self._client.close()

    def _list(self, path: str, timeout_seconds: float) -> Any:
        url = f"{self._lists_url}{path}"
        try:
            headers = self._headers(url, b"", "GET")
        except BotoCoreError as error:
            raise self._translate(error) or error from None
        return get_json(self._client, self._config.id, url, headers, timeout_seconds, self._redactor)

    def _send(self, request: ModelRequest) -> httpx2.Response:
        url = f"{self._base_url}/model/{quote(request.model, safe='')}/converse-stream"
        body = to_bytes(build_request(request))
        return send(self._client, url, body, self._headers(url, body), timeouts_of(request))

    def _headers(self, url: str, body: bytes, method: str = "POST") -> dict[str, str]:
        if self._key:
            return {**self._config.headers, "authorization": f"Bearer {self._key}"}
        with self._lock:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found is not None else None
        if frozen is None:
            raise AuthFailed(f"{self._config.id}: AWS's chain of credentials found none")
        signed = AWSRequest(method, url, data=body, headers={"content-type": "application/json"})
        SigV4Auth(frozen, _SERVICE, self._region).add_auth(signed)
        return {**self._config.headers, **dict(signed.headers.items())}

    def _translate(self, error: Exception) -> ProviderError | None:
        if isinstance(error, BotoCoreError):
            return AuthFailed(f"{self._config.id}: {self._redactor.clean(str(error))}")
        return translate(self._config.id, error, self._redactor)
