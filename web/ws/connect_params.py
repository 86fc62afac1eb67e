"""The parameters of ``connect``: a closed schema, because they come from anyone."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from web.validation import Anything, Listing, Nested, Params, Text, Whole

CLIENT_IDS = frozenset(
    {
        *("webchat-ui", "webchat", "openclaw-control-ui", "openclaw-browser-copilot", "openclaw-tui", "cli"),
        *("gateway-client", "openclaw-macos", "openclaw-linux", "openclaw-ios", "openclaw-watchos"),
        *("openclaw-android", "node-host", "openclaw-worker", "test", "fingerprint", "openclaw-probe"),
    }
)
CLIENT_MODES = frozenset({"webchat", "cli", "ui", "backend", "node", "worker", "probe", "test"})


class _Client(Params):
    id = Text(required=True, one_of=CLIENT_IDS)
    version = Text(required=True, min_length=1)
    platform = Text(required=True, min_length=1)
    mode = Text(required=True, one_of=CLIENT_MODES)
    displayName = Text(min_length=1)
    deviceFamily = Text(min_length=1)
    modelIdentifier = Text(min_length=1)
    instanceId = Text(min_length=1)
    buildId = Text(min_length=1)
    timeZone = Text(min_length=1)


class _Auth(Params):
    token = Text()
    password = Text()
    deviceToken = Text()
    bootstrapToken = Text()
    approvalRuntimeToken = Text()
    agentRuntimeIdentityToken = Text()


class _Device(Params):
    id = Text(required=True, min_length=1)
    publicKey = Text(required=True, min_length=1)
    signature = Text(required=True, min_length=1)
    signedAt = Whole(required=True)
    nonce = Text(required=True, min_length=1)


class ConnectParams(Params):
    minProtocol = Whole(required=True, minimum=1)
    maxProtocol = Whole(required=True, minimum=1)
    client = Nested(_Client, required=True)
    caps = Listing(of_text=True)
    commands = Listing(of_text=True)
    computerUse = Anything()
    workerRuns = Anything()
    permissions = Anything()
    pathEnv = Text()
    role = Text(min_length=1)
    scopes = Listing(of_text=True)
    device = Nested(_Device)
    auth = Nested(_Auth)
    locale = Text()
    userAgent = Text()
