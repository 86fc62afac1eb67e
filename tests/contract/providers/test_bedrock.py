"""What is AWS's alone: signatures, the chain of credentials, frames with checksums."""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from openclaw import providers
from openclaw.domain.transcript import Message, TextBlock, ThinkingBlock
from openclaw.errors import AuthFailed, BadModelRequest, ConfigError, Overloaded, ProviderError, RateLimited
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import Provider, ProviderConfig
from openclaw.providers.bedrock.request import build_request
from openclaw.providers.raw_http import to_bytes
from tests.contract.providers.calls import Asking, ask, events_of, text_of
from tests.wire.bedrock import server as wire
from tests.wire.bedrock.server import BedrockWireServer
from tests.wire.sse_server import HANG, Reply

pytestmark = pytest.mark.spec("F4")

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture
def server() -> Iterator[BedrockWireServer]:
    with BedrockWireServer() as running:
        yield running


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS's files with two profiles, and nothing else of this machine's."""
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n[profile other]\nregion = us-east-2\n")
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDEFAULT\naws_secret_access_key = secret-one\n"
        "[other]\naws_access_key_id = AKIOTHER\naws_secret_access_key = secret-two\naws_session_token = token-two\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def opened(base_url: str, **options: str) -> Provider:
    registry = Registry()
    providers.register(registry)
    return registry.providers["bedrock-converse"].open(
        ProviderConfig("aws", "bedrock-converse", base_url, options=options)
    )


def signature_of(url: str, body: bytes, headers: dict[str, str], credentials: Credentials, region: str) -> str:
    """What AWS would find, for a request with these headers."""
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    for name in ("x-amz-date", "x-amz-security-token"):
        if name in headers:
            request.headers[name] = headers[name]
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(credentials, "bedrock", region)
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))


@pytest.mark.parametrize(
    ("options", "credentials", "region"),
    [
        ({}, Credentials("AKIDEFAULT", "secret-one"), "eu-west-1"),
        ({"profile": "other"}, Credentials("AKIOTHER", "secret-two", "token-two"), "us-east-2"),
        (
            {"profile": "other", "region": "ap-south-1"},
            Credentials("AKIOTHER", "secret-two", "token-two"),
            "ap-south-1",
        ),
    ],
)
def test_requests_are_signed_with_what_the_chain_finds(
    server: BedrockWireServer, options: dict[str, str], credentials: Credentials, region: str
) -> None:
    with closing(opened(server.base_url, **options)) as provider:
        assert "You said: hello" in text_of(events_of(provider, ask("hello", model=MODEL)))
    (request,) = server.requests
    assert request.path == f"/model/{MODEL.replace(':', '%3A')}/converse-stream"
    sent = request.headers["authorization"]
    assert f"Credential={credentials.access_key}/{request.headers['x-amz-date'][:8]}/{region}/bedrock/" in sent
    body = to_bytes(build_request(ask("hello", model=MODEL)))
    found = signature_of(f"{server.base_url}{request.path}", body, request.headers, credentials, region)
    assert sent.endswith(f"Signature={found}")


def test_without_credentials_or_a_region_it_says_so(
    server: BedrockWireServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with closing(opened(server.base_url)) as provider, pytest.raises(AuthFailed, match="found none"):
        events_of(provider, ask("hello"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"set models\.providers\.aws\.region"):
        opened(server.base_url)
    with pytest.raises(ConfigError, match="nobody"):
        opened(server.base_url, profile="nobody")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttlingException", RateLimited),
        ("modelStreamErrorException", Overloaded),
        ("internalServerException", Overloaded),
        ("validationException", BadModelRequest),
    ],
)
def test_exceptions_in_the_stream_have_their_classes(
    server: BedrockWireServer, kind: str, expected: type[ProviderError]
) -> None:
    server.script(Reply([wire.begin(), wire.exception(kind, "no luck")], content_type=wire.EVENT_STREAM))
    with closing(opened(server.base_url)) as provider, pytest.raises(expected, match="no luck"):
        events_of(provider, ask("hello"))


@pytest.mark.parametrize("at", [1, 6, 9, 20, -6, -2], ids=["length", "of headers", "sum", "header", "payload", "end"])
def test_a_frame_that_arrived_broken_is_the_vendors_failure(server: BedrockWireServer, at: int) -> None:
    broken = bytearray(wire.text("Hello"))
    broken[at] ^= 1
    server.script(Reply([wire.begin(), wire.text("Good"), bytes(broken)], content_type=wire.EVENT_STREAM))
    with closing(opened(server.base_url)) as provider:
        asking = Asking(provider, ask("hello"))
        error = asking.end()
    assert isinstance(error, Overloaded)
    assert "ChecksumMismatch" in str(error)
    assert text_of(asking.events) == "Good"


def test_a_frame_that_is_longer_than_any_is_the_vendors_failure(server: BedrockWireServer) -> None:
    lengths = struct.pack("!II", 1 << 30, 16)
    endless = lengths + struct.pack("!I", crc32(lengths)) + b"..."
    server.script(Reply([wire.begin(), endless, HANG], content_type=wire.EVENT_STREAM))
    with closing(opened(server.base_url)) as provider, pytest.raises(Overloaded, match="InvalidPayloadLength"):
        events_of(provider, ask("hello", idle_timeout_seconds=3600))


def test_claude_thinks_within_a_budget_and_its_thoughts_go_back_signed(server: BedrockWireServer) -> None:
    with closing(opened(server.base_url)) as provider:
        events_of(provider, ask("hello", model=MODEL, thinking="low"))
        events_of(provider, ask("hello", model="amazon.nova-pro-v1:0", thinking="low"))
        events_of(provider, ask("hello", model=MODEL, thinking="low", max_output_tokens=1000))
        said = Message(
            "assistant", (ThinkingBlock("Hm.", "bedrock:c2ln"), ThinkingBlock("?", "anthropics"), TextBlock("Hi"))
        )
        events_of(provider, ask("hello", said, "and now?", model=MODEL))
    claude, nova, short, later = (request.body for request in server.requests)
    thinking = {"type": "enabled", "budget_tokens": 2048}
    assert claude["additionalModelRequestFields"] == {"thinking": thinking}
    assert "additionalModelRequestFields" not in nova
    assert "additionalModelRequestFields" not in short
    reasoned = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    assert later["messages"][1]["content"] == [reasoned, {"text": "Hi"}]
