"""Whether a call comes from Google Chat: a token signed by whom it must be, for us, now.

After https://developers.google.com/workspace/chat/verify-requests-from-chat. Whatever cannot be checked is refused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from google.auth import exceptions, jwt

from openclaw.channel_kit.http import ChannelHttp, answer_object
from openclaw.channels.googlechat.config import GoogleChatConfig
from openclaw.channels.googlechat.limits import (
    ADD_ON_ISSUER,
    CERTIFICATES_AGAIN_SECONDS,
    CERTIFICATES_SECONDS,
    CHAT_ISSUER,
    CLOCK_SKEW_SECONDS,
    OIDC_ISSUERS,
)
from openclaw.errors import ChannelError, WebhookRejected

_log = logging.getLogger(__name__)
#: google-auth's functions have no types.
_jwt: Any = jwt

Clock = Callable[[], float]


class Certificates:
    """A set of certificates at an address, by their keys' ids. Thread-safe; one thread asks at a time."""

    def __init__(self, http: ChannelHttp, url: str, clock: Clock) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Mapping[str, str] = {}
        self._at = float("-inf")

    def for_key(self, key_id: str) -> Mapping[str, str]:
        """The certificates there are; asked for again when they are old, or soon when the key is not among them.

        Raises a ChannelError class.
        """
        with self._lock:
            age = self._clock() - self._at
            if age > CERTIFICATES_SECONDS or (key_id not in self._kept and age > CERTIFICATES_AGAIN_SECONDS):
                self._kept = self._fetch()
                self._at = self._clock()
            return self._kept

    def _fetch(self) -> Mapping[str, str]:
        response = self._http.request("GET", self._url, what="certificates")
        found = answer_object(response)
        if response.status_code != HTTPStatus.OK or not found:
            raise self._http.refusal("certificates", response, "no certificates")
        return {key: value for key, value in found.items() if isinstance(value, str)}


class CallVerifier:
    """Checks the calls of one app. Thread-safe."""

    def __init__(self, config: GoogleChatConfig, http: ChannelHttp, clock: Clock = time.monotonic) -> None:
        self._config = config
        by_address = config.audience_type == "app-url"
        url = config.oidc_certificates_url if by_address else config.chat_certificates_url
        self._certificates = Certificates(http, url, clock)
        self._comes_from_chat = self._is_for_address if by_address else self._is_for_project

    def verify(self, authorization: str) -> None:
        """Check the header of a call. Raises WebhookRejected with 401, or 503 while no certificates can be had."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise WebhookRejected("the call has no bearer token")
        try:
            key_id = str(_jwt.decode_header(token).get("kid", ""))
            certificates = self._certificates.for_key(key_id)
            if key_id not in certificates:
                raise WebhookRejected("the token is signed with a key that Google does not have")
            claims = _jwt.decode(
                token,
                certs={key_id: certificates[key_id]},
                audience=self._config.audience,
                clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
            )
        except ChannelError as error:
            if isinstance(error, WebhookRejected):
                raise
            _log.warning("a call of Google Chat cannot be checked: %s", error)
            raise WebhookRejected("Google's certificates cannot be had", http_status=503) from None
        except (exceptions.GoogleAuthError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            _log.info("a call is not from Google Chat: %s", type(error).__name__)
            raise WebhookRejected("the token is not valid") from None
        if not self._comes_from_chat(claims):
            raise WebhookRejected("the token is valid, but not from Google Chat")

    def _is_for_project(self, claims: Mapping[str, Any]) -> bool:
        return claims.get("iss") == CHAT_ISSUER

    def _is_for_address(self, claims: Mapping[str, Any]) -> bool:
        """Google signs for everybody: it is the account that the token is of that tells Chat from others."""
        senders = {CHAT_ISSUER}
        if self._config.project_number:
            senders.add(ADD_ON_ISSUER.format(project_number=self._config.project_number))
        verified = claims.get("email_verified") is True
        return claims.get("iss") in OIDC_ISSUERS and verified and claims.get("email") in senders
