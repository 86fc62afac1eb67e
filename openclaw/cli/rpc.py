"""The gateway protocol as the command line speaks it: challenge, connect, requests, events.

One request may get two answers (``agent`` does), so requests and frames are separate: ``call`` is for the ordinary
case, ``send`` and ``frames`` for the rest. Events that arrive during a ``call`` are kept for ``frames``.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import openclaw
from openclaw.cli.web_socket import ConnectionLost, WebSocket
from openclaw.clients.login import Attempt, Credentials, Login
from openclaw.domain.scopes import Role
from openclaw.errors import OpenClawError, Unavailable
from openclaw.settings.client import GatewayAddress

PROTOCOL_VERSION = 4
CONNECT_SECONDS = 15.0
CALL_SECONDS = 30.0
#: How long an operator is waited for, and how often the gateway is asked meanwhile.
APPROVAL_SECONDS = 600.0
APPROVAL_POLL_SECONDS = 1.0

PAIRING_REQUIRED, TOKEN_TOO_SMALL = "PAIRING_REQUIRED", "AUTH_SCOPE_MISMATCH"

READ = ("operator.read",)
WRITE = ("operator.write",)
ADMIN = ("operator.admin",)
PAIRING = ("operator.pairing",)

Frame = dict[str, Any]


class GatewayRefused(OpenClawError):
    """The gateway answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = str(error.get("code", "UNAVAILABLE"))
        details = error.get("details")
        super().__init__(str(error.get("message", self.code)), details=details if isinstance(details, dict) else None)
        self.can_retry = bool(error.get("retryable"))
        wait = error.get("retryAfterMs")
        self.retry_after_seconds = wait / 1000 if isinstance(wait, int) else None

    @property
    def detail(self) -> str:
        """The code that says it precisely, empty without one."""
        return str((self.details or {}).get("code", ""))


class PairingRequired(GatewayRefused):
    """An operator must approve this device first."""

    def __init__(self, refused: GatewayRefused) -> None:
        self.request_id = str((refused.details or {}).get("requestId", ""))
        advice = f"on the gateway's host run `openclaw devices approve {self.request_id}`, then try again"
        super().__init__(_told(refused, f"{advice} (or wait for it here with --wait)"))


@dataclass(frozen=True, slots=True)
class Caller:
    """What a client says that it is."""

    id: str = "cli"
    mode: str = "cli"
    role: Role = Role.OPERATOR
    caps: tuple[str, ...] = ()
    #: What a node offers.
    commands: tuple[str, ...] = ()
    #: What people call it; a device is called by its host.
    name: str = ""


COMMAND_LINE = Caller()


class GatewayClient:
    """A connected client; use it as a context manager."""

    def __init__(
        self,
        address: GatewayAddress,
        *,
        scopes: Sequence[str],
        timeout: float = CONNECT_SECONDS,
        caller: Caller = COMMAND_LINE,
    ) -> None:
        self._caller = caller
        self.device_id = ""
        self._count = 0
        self._kept: deque[Frame] = deque()
        self._instance = str(uuid.uuid4())
        self.hello = self._log_in(address, scopes, timeout)

    def _log_in(self, address: GatewayAddress, scopes: Sequence[str], timeout: float) -> dict[str, Any]:
        credentials = Credentials(address.url, address.identity_dir or Path(), address.token, address.bootstrap_token)
        login = Login(credentials, scopes=scopes, role=self._caller.role, as_device=address.as_device)
        approval = Approval() if address.wait else None
        attempt, deadline = login.first(), time.monotonic() + timeout
        while True:
            self._kept.clear()
            self._socket = WebSocket(address.url, timeout=timeout)
            try:
                hello = self._connect(address, attempt, deadline)
                further = login.granted(attempt, hello)
                if further is None:
                    return hello
                attempt = further
                self._socket.close()
            except GatewayRefused as error:
                self._socket.close()
                other = login.after(error.details or {})
                if other is not None:
                    attempt = other
                elif error.detail == PAIRING_REQUIRED:
                    if approval is None:
                        raise PairingRequired(error) from error
                    approval.wait(PairingRequired(error))
                    deadline = time.monotonic() + timeout
                elif error.detail == TOKEN_TOO_SMALL:
                    raise GatewayRefused(
                        _told(error, "with the gateway's token (--token) it can ask for more")
                    ) from error
                else:
                    _wait_to_retry(error, deadline)
            except BaseException:
                self._socket.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, method: str, params: dict[str, Any] | None = None, *, timeout: float = CALL_SECONDS) -> Any:
        """Send a request and wait for its answer. Raises GatewayRefused, or Unavailable when none comes."""
        request_id = self.send(method, params)
        return self._answer(request_id, method, time.monotonic() + timeout)

    def send(self, method: str, params: dict[str, Any] | None = None) -> str:
        """Send a request; its id."""
        self._count += 1
        request_id = f"{self._count}:{uuid.uuid4()}"
        frame: Frame = {"type": "req", "id": request_id, "method": method}
        if params is not None:
            frame["params"] = params
        self._socket.send(json.dumps(frame, ensure_ascii=False))
        return request_id

    def frames(self, *, timeout: float | None = None) -> Iterator[Frame]:
        """Answers and events as they come; ends when ``timeout`` seconds have passed in all."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (frame := self._next(deadline)) is not None:
            yield frame

    def close(self) -> None:
        self._socket.close()

    def _connect(self, address: GatewayAddress, attempt: Attempt, deadline: float) -> dict[str, Any]:
        while (frame := self._next(deadline)) is not None and frame.get("event") != "connect.challenge":
            pass
        if frame is None:
            raise Unavailable(f"{address.url} does not greet as a gateway does")
        params: dict[str, Any] = {
            "minProtocol": PROTOCOL_VERSION,
            "maxProtocol": PROTOCOL_VERSION,
            "client": {
                "id": self._caller.id,
                "version": openclaw.__version__,
                "platform": os.uname().sysname.lower(),
                "deviceFamily": os.uname().sysname,
                "mode": self._caller.mode,
                "instanceId": self._instance,
            },
            "caps": list(self._caller.caps),
            "role": self._caller.role.value,
            "scopes": list(attempt.scopes),
        }
        if self._caller.commands:
            params["commands"] = list(self._caller.commands)
        if attempt.auth:
            params["auth"] = attempt.auth
        if attempt.identity is not None:
            # Whoever is to approve the device sees whose it is.
            params["client"]["displayName"] = self._caller.name or os.uname().nodename
            self.device_id = attempt.identity.device_id
            params["device"] = attempt.identity.sign(params, frame["payload"])
        hello = self._answer(self.send("connect", params), "connect", deadline)
        return hello if isinstance(hello, dict) else {}

    def _answer(self, request_id: str, method: str, deadline: float) -> Any:
        others: list[Frame] = []
        try:
            while (frame := self._next(deadline)) is not None:
                if frame.get("type") == "res" and frame.get("id") == request_id:
                    return payload_of(frame)
                others.append(frame)
        finally:
            self._kept.extendleft(reversed(others))
        raise Unavailable(f"the gateway did not answer {method} in time")

    def _next(self, deadline: float | None) -> Frame | None:
        if self._kept:
            return self._kept.popleft()
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            text = self._socket.receive(left)
            if text is None:
                return None
            frame = json.loads(text)
            if isinstance(frame, dict):
                return frame


def _told(refused: GatewayRefused, advice: str) -> dict[str, Any]:
    """The same refusal, with what can be done about it."""
    return {"code": refused.code, "message": f"{refused}; {advice}", "details": refused.details}


class Approval:
    """Waiting for an operator: the request is filed again with every try, so that it does not expire meanwhile."""

    def __init__(self) -> None:
        self._request_ids: list[str] = []
        self._until = time.monotonic() + APPROVAL_SECONDS

    def wait(self, pairing: PairingRequired) -> None:
        """Wait before the next try. Raises the refusal itself when nobody decides, or somebody has against us."""
        if not self._request_ids:
            told = f"waiting for approval: on the gateway's host run `openclaw devices approve {pairing.request_id}`"
            print(told, file=sys.stderr, flush=True)
        self._request_ids.append(pairing.request_id)
        # Another request than the first was filed because that one was decided over. If in our favour, just now, the
        # next try will show it.
        if self._request_ids[-2:].count(self._request_ids[0]) == 0:
            raise Unavailable("the request was rejected, or somebody took it off the list")
        if time.monotonic() > self._until:
            raise pairing
        time.sleep(APPROVAL_POLL_SECONDS)


def _wait_to_retry(error: GatewayRefused, deadline: float) -> None:
    """A gateway that is starting says so and asks to come back. Raises any other refusal, and that one too late."""
    wait = error.retry_after_seconds or 0.5
    if not error.can_retry or time.monotonic() + wait > deadline:
        raise error
    time.sleep(wait)


def payload_of(frame: Frame) -> Any:
    """The payload of an answer. Raises GatewayRefused for a refusal."""
    if frame.get("ok"):
        return frame.get("payload")
    raise GatewayRefused(frame.get("error") or {})


__all__ = ["READ", "WRITE", "ConnectionLost", "Frame", "GatewayClient", "GatewayRefused", "payload_of"]
