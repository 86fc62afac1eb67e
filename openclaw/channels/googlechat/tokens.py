"""Access tokens of a service account: asked for with a signed assertion, kept until shortly before they end.

After https://developers.google.com/identity/protocols/oauth2/service-account#httprest.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from google.auth import crypt, jwt

from openclaw.channel_kit.http import ChannelHttp, answer_object
from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.limits import ASSERTION_SECONDS, RENEW_EARLY_SECONDS
from openclaw.errors import ChannelOutcomeUnknown, ChannelRejected, ChannelUnreachable
from openclaw.ports.secrets import Secret

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  (an address)
#: google-auth's functions have no types.
_jwt: Any = jwt
_crypt: Any = crypt


class TokenSource:
    """Tokens of one scope, as the service account or as a person whom it may act for. Thread-safe."""

    def __init__(self, config: GoogleChatConfig, http: ChannelHttp, scope: str, subject: str = "") -> None:
        self._config = config
        self._http = http
        self._scope = scope
        self._subject = subject
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._until = 0.0

    def token(self) -> Secret:
        """A token that lasts. Raises ChannelRejected, ChannelUnreachable or ChannelRateLimited: nothing was sent."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._token, seconds = self._ask()
                self._until = time.monotonic() + seconds - min(RENEW_EARLY_SECONDS, seconds / 2)
            return self._token

    def forget(self, token: Secret) -> None:
        """The platform does not take this one any more."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _ask(self) -> tuple[Secret, float]:
        key = read_key(self._config)
        uri = self._config.token_uri or str(key.get("token_uri") or _TOKEN_URI)
        form = {"grant_type": _GRANT, "assertion": self._assertion(key, uri)}
        try:
            response = self._http.request("POST", uri, what="token", data=form)
        except ChannelOutcomeUnknown as error:
            # A token that was made and never arrived is no message that was sent.
            raise ChannelUnreachable(str(error)) from error
        body = answer_object(response) or {}
        token, seconds = body.get("access_token"), body.get("expires_in", ASSERTION_SECONDS)
        if response.status_code != HTTPStatus.OK:
            said = f"{body.get('error', '')} {body.get('error_description', '')}".strip()
            refused = self._http.refusal("token", response, said)
            raise ChannelUnreachable(str(refused)) if isinstance(refused, ChannelOutcomeUnknown) else refused
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise ChannelUnreachable("googlechat token: the answer holds no token")
        return Secret(token), float(seconds)

    def _assertion(self, key: Mapping[str, Any], uri: str) -> str:
        now = int(time.time())
        claims = {"iss": key["client_email"], "scope": self._scope, "aud": uri, "iat": now}
        claims["exp"] = now + ASSERTION_SECONDS
        if self._subject:
            claims["sub"] = self._subject
        try:
            signer = _crypt.RSASigner.from_service_account_info(key)
        except (ValueError, TypeError):
            raise ChannelRejected("googlechat: the service account's private key cannot be read") from None
        assertion: bytes = _jwt.encode(signer, claims)
        return assertion.decode()


def read_key(config: GoogleChatConfig) -> Mapping[str, Any]:
    """The service account's key. Raises ChannelRejected, which shows nothing of it."""
    if config.service_account:
        content = config.service_account.reveal()
    else:
        try:
            content = Path(config.service_account_file).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ChannelRejected(f"googlechat: service_account_file: {type(error).__name__}") from None
    try:
        key = json.loads(content)
    except ValueError:
        key = None
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in ("client_email", "private_key")):
        raise ChannelRejected("googlechat: the service account's key is not the JSON that Google gives out")
    return key
