"""What vendors say of their models, as their documentation has it."""

from __future__ import annotations

from typing import Any

import pytest

from openclaw.errors import AuthFailed, BadModelRequest, ProviderTimeout
from openclaw.ports.provider import ListedModel, Lister
from tests.contract.providers.conftest import Vendor
from tests.contract.providers.families import KEY
from tests.wire.sse_server import HANG, Reply

pytestmark = pytest.mark.spec("E6", "F3")

CLAUDE = {
    "type": "model",
    "id": "claude-b",
    "display_name": "Claude B",
    "created_at": "2026-01-01T00:00:00Z",
    "lifecycle": "active",
    "max_input_tokens": 1_000_000,
    "max_tokens": 64_000,
    "capabilities": {"image_input": {"supported": True}, "thinking": {"supported": True, "types": {}}},
}
OPENAI = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "acme"}]}
BEDROCK_MODELS = {
    "modelSummaries": [
        {
            "modelId": "amazon.nova-pro-v1:0",
            "modelName": "Nova Pro",
            "inputModalities": ["TEXT", "IMAGE"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": True,
        },
        {"modelId": "slow", "modelName": "Slow", "inputModalities": ["TEXT"], "responseStreamingSupported": False},
    ]
}
BEDROCK_PROFILES = {
    "inferenceProfileSummaries": [
        {"inferenceProfileId": "us.anthropic.claude-b-v1:0", "inferenceProfileName": "US Claude B", "status": "ACTIVE"}
    ]
}
#: By wire format: the answers of its vendor, and what is made of them.
LISTS: dict[str, tuple[list[Any], list[ListedModel]]] = {
    "anthropic-messages": (
        [
            {
                "data": [
                    CLAUDE,
                    {"type": "model", "id": "claude-a", "display_name": "Claude A", "lifecycle": "active"},
                    {**CLAUDE, "id": "claude-0", "lifecycle": "retired"},
                ],
                "has_more": False,
            }
        ],
        [
            ListedModel("claude-a", "Claude A"),
            ListedModel("claude-b", "Claude B", 1_000_000, 64_000, True, ("text", "image")),
        ],
    ),
    "openai-completions": ([OPENAI], [ListedModel("m")]),
    "openai-responses": ([OPENAI], [ListedModel("m")]),
    "google-generative-ai": (
        [
            {
                "models": [
                    {
                        "name": "models/gemini-x",
                        "displayName": "Gemini X",
                        "inputTokenLimit": 1_048_576,
                        "outputTokenLimit": 65_536,
                        "supportedGenerationMethods": ["generateContent", "countTokens"],
                        "thinking": True,
                    },
                    {"name": "models/embedding-y", "supportedGenerationMethods": ["embedContent"]},
                ]
            }
        ],
        [ListedModel("gemini-x", "Gemini X", 1_048_576, 65_536, True)],
    ),
    "ollama": (
        [{"models": [{"name": "qwen3:8b", "size": 1}, {"name": "llama3.2:latest", "size": 1}]}],
        [ListedModel("llama3.2:latest"), ListedModel("qwen3:8b")],
    ),
    "bedrock-converse": (
        [BEDROCK_MODELS, BEDROCK_PROFILES],
        [
            ListedModel("amazon.nova-pro-v1:0", "Nova Pro", input_kinds=("text", "image")),
            ListedModel("us.anthropic.claude-b-v1:0", "US Claude B"),
        ],
    ),
}


def listed(vendor: Vendor, *answers: Any, timeout_seconds: float = 5.0) -> list[ListedModel]:
    vendor.server.script(*(Reply.of_json(answer) for answer in answers))
    assert isinstance(vendor.provider, Lister)
    return list(vendor.provider.available(timeout_seconds))


def test_a_vendor_says_which_models_it_has(vendor: Vendor) -> None:
    answers, expected = LISTS[vendor.family.api]
    assert listed(vendor, *answers) == expected
    for request in vendor.server.requests:
        assert KEY in " ".join(request.headers.values())


@pytest.mark.parametrize("answer", [{"nothing": "of use"}, "words", None])
def test_an_answer_that_is_no_list_is_said_to_be_none(vendor: Vendor, answer: Any) -> None:
    with pytest.raises(BadModelRequest, match="is no list of models"):
        listed(vendor, answer, answer)


def test_what_is_not_as_documented_is_left_out(vendor: Vendor) -> None:
    answers = [
        {key: [*value, "junk", {}, {"id": 7, "name": None}] for key, value in a.items() if isinstance(value, list)}
        for a in LISTS[vendor.family.api][0]
    ]
    assert listed(vendor, *answers) == LISTS[vendor.family.api][1]


def test_a_refused_key_is_said_to_be_one(vendor: Vendor) -> None:
    vendor.server.script(Reply.of_json(vendor.family.error("bad key", "authentication_error"), 401))
    with pytest.raises(AuthFailed) as raised:
        listed(vendor)
    assert KEY not in str(raised.value)


def test_a_vendor_that_does_not_answer_is_not_waited_for(vendor: Vendor) -> None:
    vendor.server.script(Reply([HANG], mute=True))
    with pytest.raises(ProviderTimeout):
        listed(vendor, timeout_seconds=0.1)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # OpenRouter
        (
            {
                "id": "acme/big",
                "name": "Acme: Big",
                "context_length": 400_000,
                "architecture": {"input_modalities": ["image", "text", "file"], "output_modalities": ["text"]},
                "top_provider": {"context_length": 400_000, "max_completion_tokens": 128_000},
                "supported_parameters": ["tools", "reasoning"],
            },
            ListedModel("acme/big", "Acme: Big", 400_000, 128_000, True, ("text", "image")),
        ),
        # Groq
        (
            {"id": "fast", "active": True, "context_window": 131_072, "max_completion_tokens": 65_536},
            ListedModel("fast", "", 131_072, 65_536),
        ),
        # Mistral
        (
            {
                "id": "petit",
                "name": "petit",
                "type": "base",
                "max_context_length": 262_144,
                "capabilities": {"completion_chat": True, "vision": True, "reasoning": False},
            },
            ListedModel("petit", "", 262_144, None, False, ("text", "image")),
        ),
        # Together
        (
            {"id": "org/open", "type": "chat", "display_name": "Open", "context_length": 131_072},
            ListedModel("org/open", "Open", 131_072),
        ),
        # vLLM
        ({"id": "own", "object": "model", "max_model_len": 32_768}, ListedModel("own", "", 32_768)),
        ({"id": "vectors", "type": "embedding"}, None),
        ({"id": "vectors", "capabilities": {"completion_chat": False}}, None),
        ({"id": "painter", "architecture": {"output_modalities": ["image"]}}, None),
        ({"id": "gone", "active": False}, None),
    ],
)
def test_what_compatible_vendors_add_is_read(entry: dict[str, Any], expected: ListedModel | None) -> None:
    from openclaw.providers.openai_compatible.listing import read_list

    found = [] if expected is None else [expected]
    assert list(read_list("acme", {"data": [entry]})) == found
    assert list(read_list("acme", [entry])) == found
