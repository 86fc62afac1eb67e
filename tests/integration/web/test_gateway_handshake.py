"""Who may connect, and every way of being refused: codes, texts and closes as OpenClaw's gateway gives them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from openclaw.ports.secrets import Secret
from tests.integration.web.client import ALL_SCOPES, BACKEND, WIRE, Client, Closed
from tests.integration.web.devices import Device
from tests.integration.web.devices import tui as _tui
from tests.integration.web.serving import Served
from tests.integration.web.twins import TOKEN, now_ms
from web.services import AuthPolicy, Limits

CLI = {"id": "cli", "version": "2026.9.6", "platform": "linux", "deviceFamily": "Linux", "mode": "cli"}


def recorded(name: str) -> tuple[dict[str, Any], int]:
    """The error and the close code of a recording."""
    lines = [json.loads(line) for line in (WIRE / "frames" / f"{name}.jsonl").read_text().splitlines()]
    error = next(line["frame"]["error"] for line in lines if "error" in line["frame"])
    return error, next(line["frame"]["closed_code"] for line in lines if line["dir"] == "meta")


@pytest.mark.spec("B3", "K5")
def test_the_challenge_comes_first(served: Served) -> None:
    with served.stranger() as client:
        assert client.events[0]["event"] == "connect.challenge"
        assert "seq" not in client.events[0]
        assert len(client.challenge["nonce"]) == 36
        assert abs(client.challenge["ts"] - now_ms()) < 60_000


@pytest.mark.spec("B1", "K5")
@pytest.mark.parametrize("path", ["/", "/ws", "/any/path/", "/healthz", "//twice"])
def test_an_upgrade_is_taken_on_any_path(served: Served, path: str) -> None:
    with served.stranger(path) as client:
        assert client.connect(TOKEN)["ok"]


@pytest.mark.spec("K5")
def test_hello_lists_exactly_what_works(served: Served) -> None:
    with served.client() as client:
        hello = client.connect(TOKEN)  # the second one is refused; the first one's answer was checked by the schema
        assert hello["error"]["message"] == "connect is only valid as the first request"
    with served.stranger() as client:
        payload = client.connect(TOKEN)["payload"]
        assert payload["policy"]["maxPayload"] == 26_214_400
        assert payload["snapshot"]["sessionDefaults"]["mainSessionKey"] == "agent:main:main"
        assert "published-model-catalog" in payload["features"]["capabilities"]
        for method in payload["features"]["methods"]:
            assert "unknown method" not in json.dumps(client.call(method, {"x": 1}))


def test_only_admins_learn_where_the_state_lies(served: Served) -> None:
    with served.stranger() as admin, served.stranger() as reader:
        assert {"stateDir", "configPath", "authMode"} <= admin.connect(TOKEN)["payload"]["snapshot"].keys()
        snapshot = reader.connect(TOKEN, scopes=["operator.read"])["payload"]["snapshot"]
        assert not {"stateDir", "configPath", "authMode"} & snapshot.keys()


@pytest.mark.spec("K5")
@pytest.mark.parametrize("field", ["token", "password"])
def test_the_secret_is_taken_in_either_field(served: Served, field: str) -> None:
    with served.stranger() as client:
        assert client.connect(None, auth={field: TOKEN})["ok"]


@pytest.mark.spec("B3", "K5")
@pytest.mark.parametrize(
    ("recording", "changes"),
    [
        ("err-bad-client-id", {"client": {**BACKEND, "id": "mybot"}}),
        ("err-extra-connect-param", {"foo": 1}),
        ("err-proto-3", {"minProtocol": 3, "maxProtocol": 3}),
        ("err-proto-5", {"minProtocol": 5, "maxProtocol": 5}),
        ("err-role-unknown", {"role": "king"}),
        ("err-bad-token", {"auth": {"token": "wrong"}}),
        ("err-no-token", {"auth": {}}),
    ],
)
def test_a_bad_connect_is_refused_word_for_word_as_recorded(
    served: Served, recording: str, changes: dict[str, Any]
) -> None:
    error, code = recorded(recording)
    with served.stranger() as client:
        assert client.connect(TOKEN, **changes)["error"] == error
        closed = client.closed()
        assert (closed.code, closed.reason) == (code, error["message"])


@pytest.mark.spec("B3")
def test_nothing_but_connect_is_answered_first(served: Served) -> None:
    error, code = recorded("err-first-frame-not-connect")
    with served.stranger() as client:
        assert client.call("health")["error"] == error
        assert client.closed().code == code


@pytest.mark.spec("B3")
@pytest.mark.parametrize("garbage", ["{not json", "NaN", "[" * 5000])
def test_garbage_before_hello_closes_without_an_answer(served: Served, garbage: str) -> None:
    with served.stranger() as client:
        client.ws.send(garbage)
        with pytest.raises(Closed) as closed:
            client.frame()
        assert (closed.value.code, closed.value.reason) == (1000, "")


def test_bytes_before_hello_close_too(served: Served) -> None:
    with served.stranger() as client:
        client.ws.send_binary(b"\0\1\2")
        assert client.closed().code == 1000


@pytest.mark.spec("B4")
def test_json_that_is_no_request_is_answered_and_closed(served: Served) -> None:
    with served.stranger() as client:
        client.ws.send('{"foo":1}')
        assert client.frame()["error"]["message"].startswith("invalid request frame:")
        assert client.closed().code == 1008


@pytest.mark.spec("B3")
def test_whoever_says_nothing_is_closed_in_time(serve: Callable[..., Served]) -> None:
    with serve(limits=Limits(handshake_seconds=0.2)).stranger() as client:
        closed = client.closed()
        assert (closed.code, closed.reason) == (1000, "")


@pytest.mark.spec("B7")
def test_a_frame_over_64_kib_before_hello_closes_with_1009(served: Served) -> None:
    with served.stranger() as client:
        client.ws.send("x" * 70_000)
        closed = client.closed()
        assert (closed.code, closed.reason) == (1009, "")


# --- modes of authentication --------------------------------------------------------------------------------------


def test_password_mode_has_its_own_codes(serve: Callable[..., Served]) -> None:
    served = serve(auth=AuthPolicy("password", password=Secret("sesame")))
    with served.stranger() as client:
        details = client.connect(None, auth={"password": "wrong"})["error"]["details"]
        assert (details["code"], details["authReason"]) == ("AUTH_PASSWORD_MISMATCH", "password_mismatch")
    with served.stranger() as client:
        assert client.connect(None, auth={"password": "sesame"})["ok"]


def test_a_gateway_without_its_secret_lets_nobody_in(serve: Callable[..., Served]) -> None:
    with serve(auth=AuthPolicy("token")).stranger() as client:
        assert client.connect("")["error"]["details"]["code"] == "AUTH_TOKEN_NOT_CONFIGURED"


def test_without_authentication_no_secret_is_asked_for(serve: Callable[..., Served]) -> None:
    with serve(auth=AuthPolicy("none")).stranger() as client:
        assert client.connect(None)["ok"]


@pytest.mark.parametrize(
    ("auth", "code"),
    [({"deviceToken": "x"}, "AUTH_DEVICE_TOKEN_MISMATCH"), ({"bootstrapToken": "x"}, "AUTH_BOOTSTRAP_TOKEN_INVALID")],
)
def test_tokens_that_nobody_issued_are_refused(served: Served, auth: dict[str, str], code: str) -> None:
    with served.stranger() as client:
        assert client.connect(None, auth=auth)["error"]["details"]["code"] == code
        assert client.closed().code == 1008


# --- clients without a device -------------------------------------------------------------------------------------


@pytest.mark.spec("B5", "K5")
@pytest.mark.parametrize(
    ("client_id", "mode", "scopes"),
    [
        ("cli", "cli", ALL_SCOPES),
        ("gateway-client", "backend", ALL_SCOPES),
        ("cli", "probe", []),
        ("test", "test", []),
        ("gateway-client", "ui", []),
    ],
)
def test_scopes_of_clients_without_a_device(served: Served, client_id: str, mode: str, scopes: list[str]) -> None:
    with served.stranger() as client:
        hello = client.connect(TOKEN, client={**BACKEND, "id": client_id, "mode": mode})
        assert hello["payload"]["auth"] == {"role": "operator", "scopes": scopes}


def test_probes_may_speak_the_version_before(served: Served) -> None:
    with served.stranger() as client:
        probe = {**BACKEND, "id": "cli", "mode": "probe"}
        assert client.connect(TOKEN, client=probe, minProtocol=3, maxProtocol=3)["ok"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client": {**BACKEND, "id": "openclaw-tui", "mode": "ui"}}, "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"),
        ({"client": {**BACKEND, "id": "webchat", "mode": "webchat"}}, "CONTROL_UI_ORIGIN_NOT_ALLOWED"),
        ({"role": "node", "client": {**BACKEND, "id": "node-host", "mode": "node"}}, "DEVICE_IDENTITY_REQUIRED"),
    ],
)
def test_clients_that_must_bring_more(served: Served, changes: dict[str, Any], code: str) -> None:
    with served.stranger() as client:
        assert client.connect(TOKEN, **changes)["error"]["details"]["code"] == code
        assert client.closed().code == 1008


def test_a_caller_behind_a_proxy_is_not_local(served: Served) -> None:
    with served.stranger(header=["X-Forwarded-For: 203.0.113.9"]) as client:
        assert client.connect(TOKEN)["payload"]["auth"]["scopes"] == []


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("http://localhost:3000", True), ("https://ops.example", True), ("https://evil.example", False), ("null", False)],
)
def test_pages_of_other_origins_may_not_connect(serve: Callable[..., Served], origin: str, allowed: bool) -> None:
    policy = AuthPolicy("none", allowed_origins=("https://ops.example",))
    with serve(auth=policy).stranger(suppress_origin=False, origin=origin) as client:
        answer = client.connect(None)
        assert answer["ok"] is allowed
        if not allowed:
            assert answer["error"]["details"]["code"] == "CONTROL_UI_ORIGIN_NOT_ALLOWED"


def test_a_name_pointed_at_this_machine_is_no_origin_of_ours_without_a_secret(
    serve: Callable[..., Served],
) -> None:
    served = serve(auth=AuthPolicy("none"))
    rebound = {"suppress_origin": False, "origin": "http://evil.example", "host": "evil.example"}
    with served.stranger(**rebound) as client:
        assert not client.connect(None)["ok"]


def test_an_upgrade_without_a_key_is_a_bad_request(served: Served) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        Client(served.port, header=["Sec-WebSocket-Version: 7"])
    assert refused.value.status_code in {400, 426}


# --- devices ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("K5", "B3")
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_signed_device_with_the_secret_is_admitted(served: Served, version: str) -> None:
    device, params = Device(), _tui()
    with served.stranger() as client:
        answer = client.connect(TOKEN, **params, device=device.block(client, params, version))
        auth = answer["payload"]["auth"]
        assert (auth["role"], auth["scopes"]) == ("operator", ["operator.read"])
        assert len(auth["deviceToken"]) == 43
        entries = client.result("system-presence")
        assert entries[-1]["deviceId"] == hashlib.sha256(device.public).hexdigest()


@pytest.mark.spec("K5", "B3")
@pytest.mark.parametrize(
    ("recording", "changes"),
    [
        ("err-device-bad-nonce", {"nonce": "abc"}),
        ("err-device-stale", {"signedAt": now_ms() - 600_000}),
        ("err-device-id-mismatch", {"id": "0" * 64}),
    ],
)
def test_device_blocks_that_prove_nothing(served: Served, recording: str, changes: dict[str, Any]) -> None:
    error, code = recorded(recording)
    device, params = Device(), _tui()
    with served.stranger() as client:
        assert client.connect(TOKEN, **params, device=device.block(client, params, **changes))["error"] == error
        assert client.closed().code == code


@pytest.mark.spec("K5", "B3")
def test_a_signature_for_other_scopes_is_invalid(served: Served) -> None:
    error, code = recorded("err-device-bad-signature")
    device, params = Device(), _tui()
    with served.stranger() as client:
        block = device.block(client, params)
        assert client.connect(TOKEN, **{**params, "scopes": ["operator.admin"]}, device=block)["error"] == error
        assert client.closed().code == code


def test_a_device_with_a_wrong_secret_is_refused(served: Served) -> None:
    device, params = Device(), _tui("wrong")
    with served.stranger() as client:
        answer = client.connect(TOKEN, **params, device=device.block(client, params))
        assert answer["error"]["details"]["code"] == "AUTH_TOKEN_MISMATCH"


def test_a_new_device_from_elsewhere_must_be_paired(served: Served) -> None:
    device, params = Device(), _tui()
    with served.stranger(header=["X-Forwarded-For: 203.0.113.9"]) as client:
        answer = client.connect(TOKEN, **params, device=device.block(client, params))
        assert (answer["error"]["code"], answer["error"]["details"]["code"]) == ("NOT_PAIRED", "PAIRING_REQUIRED")
