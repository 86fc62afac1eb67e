"""Tokens of a login, and how they are had: https://www.rfc-editor.org/rfc/rfc8628 and RFC 6749, section 6."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from openclaw.errors import AuthFailed, ProviderError, ProviderTimeout
from openclaw.ports.secrets import Secret
from openclaw.providers.oauth.vendors import OAuthVendor

TIMEOUT_SECONDS = 30.0
#: What a vendor that names no interval is asked by, and what is added where it says that this is too often. Seconds.
USUAL_INTERVAL, SLOWER_BY = 5.0, 5.0
#: A token is renewed so long before its end, in milliseconds.
EARLY_MS = 5 * 60_000
_HOUR_MS = 3_600_000
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is stored of a login, sealed."""

    access: str
    refresh: str
    #: Milliseconds since the epoch; 0 for a token that does not end.
    expires_at_ms: int = 0
    #: Where models are asked with it, if the vendor said so.
    api_url: str = ""

    def is_due(self, now_ms: int) -> bool:
        """Whether it is time to renew them."""
        return bool(self.expires_at_ms) and now_ms > self.expires_at_ms - EARLY_MS

    def to_secret(self) -> Secret:
        return Secret(json.dumps(asdict(self)))

    @classmethod
    def from_secret(cls, secret: Secret) -> Tokens:
        return cls(**json.loads(secret.reveal()))


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person is shown to log in with, and what is asked for meanwhile."""

    user_code: str
    verification_url: str
    device_code: str
    interval_seconds: float
    expires_in_seconds: float
    verifier: str = ""


def begin_login(vendor: OAuthVendor) -> DeviceCode:
    """Ask for a code that a person types in elsewhere. Raises ProviderError."""
    asked = {"client_id": vendor.client_id, "scope": vendor.scope}
    verifier = secrets.token_urlsafe(48) if vendor.pkce else ""
    if verifier:
        digest = hashlib.sha256(verifier.encode()).digest()
        asked["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked["code_challenge_method"] = "S256"
    answer = _post(vendor.device_url, asked)
    if not answer.get("device_code"):
        raise _refused(answer)
    return DeviceCode(
        user_code=str(answer.get("user_code") or ""),
        verification_url=str(answer.get("verification_uri_complete") or answer.get("verification_uri") or ""),
        device_code=str(answer["device_code"]),
        interval_seconds=float(answer.get("interval") or USUAL_INTERVAL),
        expires_in_seconds=float(answer.get("expires_in") or 900),
        verifier=verifier,
    )


def await_login(
    vendor: OAuthVendor, code: DeviceCode, now_ms: Callable[[], int], pause: Callable[[float], object] = time.sleep
) -> Tokens:
    """Wait until the person has logged in. Raises AuthFailed for a refusal, ProviderTimeout past the code's time."""
    asked = {"grant_type": _DEVICE_GRANT, "client_id": vendor.client_id, "device_code": code.device_code}
    if code.verifier:
        asked["code_verifier"] = code.verifier
    interval, until = code.interval_seconds, now_ms() + int(code.expires_in_seconds * 1000)
    while now_ms() < until:
        try:
            answer = _post(vendor.token_url, asked)
        except ProviderTimeout:
            interval *= 2  # RFC 8628, section 3.5: who does not answer is asked less often
            pause(interval)
            continue
        if answer.get("access_token"):
            return _exchanged(vendor, _tokens(answer, "", now_ms()), now_ms())
        match answer.get("error"):
            case "authorization_pending":
                pass
            case "slow_down":
                # GitHub names the new one.
                interval = float(answer.get("interval") or interval + SLOWER_BY)
            case _:
                raise _refused(answer)
        pause(interval)
    raise ProviderTimeout("nobody logged in before the code had expired")


def renewed(vendor: OAuthVendor, tokens: Tokens, now_ms: int) -> Tokens:
    """Tokens that hold for longer. Raises AuthFailed where the login holds no more, or ProviderError."""
    if vendor.exchange_url:
        return _exchanged(vendor, tokens, now_ms)
    asked = {"grant_type": "refresh_token", "client_id": vendor.client_id, "refresh_token": tokens.refresh}
    answer = _post(vendor.token_url, asked)
    if not answer.get("access_token"):
        raise _refused(answer)
    return _tokens(answer, tokens.refresh, now_ms)


def _exchanged(vendor: OAuthVendor, tokens: Tokens, now_ms: int) -> Tokens:
    """Where the login's token only buys others: it is what renews them."""
    if not vendor.exchange_url:
        return tokens
    login = tokens.refresh or tokens.access
    headers = {**vendor.headers, "authorization": f"token {login}", "accept": "application/json"}
    answer = _send("GET", vendor.exchange_url, headers=headers)
    if not answer.get("token"):
        raise _refused(answer)
    expires = int(float(answer.get("expires_at") or 0) * 1000) or now_ms + _HOUR_MS
    return Tokens(str(answer["token"]), login, expires, _api_url(answer))


def _api_url(answer: dict[str, Any]) -> str:
    """The host of the account's plan: another one refuses its tokens as misdirected."""
    endpoints = answer.get("endpoints")
    named = str(endpoints.get("api") or "") if isinstance(endpoints, dict) else ""
    return named if named.startswith("https://") else ""


def _tokens(answer: dict[str, Any], refresh: str, now_ms: int) -> Tokens:
    seconds = float(answer.get("expires_in") or 0)
    expires = now_ms + int(seconds * 1000) if seconds else 0
    return Tokens(str(answer["access_token"]), str(answer.get("refresh_token") or refresh), expires)


def _post(url: str, fields: dict[str, str]) -> dict[str, Any]:
    return _send("POST", url, data=fields, headers={"accept": "application/json"})


def _send(method: str, url: str, **more: Any) -> dict[str, Any]:
    """The vendor's JSON, also of a refusal: what is pending comes as one. No error shows what was sent."""
    import httpx2  # not before somebody logs in or a login is renewed

    try:
        answer = httpx2.request(method, url, timeout=TIMEOUT_SECONDS, **more)
    except httpx2.HTTPError as error:
        raise ProviderTimeout(f"{httpx2.URL(url).host} does not answer: {type(error).__name__}") from None
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ProviderTimeout(f"{httpx2.URL(url).host} answers HTTP {answer.status_code} without JSON")
    return body


def _refused(answer: dict[str, Any]) -> ProviderError:
    said = answer.get("error_description") or answer.get("message") or answer.get("error") or "no reason was given"
    return AuthFailed(f"the login was refused: {str(said)[:300]}")
