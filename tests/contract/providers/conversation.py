"""One conversation, and the JSON in which each vendor receives it."""

from __future__ import annotations

from openclaw.domain.transcript import (
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    ToolResultBlock,
    user_text,
)

#: Two calls, one with broken arguments; the second result came late, behind the person's next words.
CONVERSATION = (
    user_text("Weather in Bern?"),
    Message(
        "assistant",
        (
            ThinkingBlock("I need the tool.", "c2ln"),
            TextBlock("Looking."),
            TextBlock("  "),
            ToolCallBlock("call.1", "weather", {"city": "Bern"}),
            ToolCallBlock("call_2", "weather", None, '{"city": '),
        ),
    ),
    Message("tool", (ToolResultBlock("call.1", "weather", "sunny"),)),
    user_text("And hurry."),
    Message("tool", (ToolResultBlock("call_2", "weather", "not JSON", is_error=True),)),
)

ANTHROPIC = {
    "model": "echo",
    "max_tokens": 100,
    "stream": True,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [
        {
            "name": "weather",
            "description": "Tells the weather.",
            "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
            "cache_control": {"type": "ephemeral"},
        }
    ],
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Weather in Bern?", "cache_control": {"type": "ephemeral"}}],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I need the tool.", "signature": "c2ln"},
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "call_1_f114f143", "name": "weather", "input": {"city": "Bern"}},
                {"type": "tool_use", "id": "call_2", "name": "weather", "input": {"INVALID_JSON": '{"city": '}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1_f114f143", "content": "sunny"},
                {"type": "tool_result", "tool_use_id": "call_2", "content": "not JSON", "is_error": True},
                {"type": "text", "text": "And hurry.", "cache_control": {"type": "ephemeral"}},
            ],
        },
    ],
}

OPENAI = {
    "model": "echo",
    "max_tokens": 100,
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
    ],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Bern?"},
        {
            "role": "assistant",
            "content": "Looking.  ",
            "tool_calls": [
                {
                    "id": "call_1_f114f143",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Bern"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"INVALID_JSON": "{\\"city\\": "}'},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "call_1_f114f143", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_2", "content": "not JSON"},
        {"role": "user", "content": "And hurry."},
    ],
}

OLLAMA = {
    "model": "echo",
    "stream": True,
    "options": {"num_predict": 100},
    "tools": OPENAI["tools"],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Bern?"},
        {
            "role": "assistant",
            "content": "Looking.  ",
            "tool_calls": [
                {"function": {"name": "weather", "arguments": {"city": "Bern"}}},
                {"function": {"name": "weather", "arguments": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {"role": "tool", "tool_name": "weather", "content": "sunny"},
        {"role": "tool", "tool_name": "weather", "content": "not JSON"},
        {"role": "user", "content": "And hurry."},
    ],
}

RESPONSES = {
    "model": "echo",
    "max_output_tokens": 100,
    "stream": True,
    "store": False,
    "instructions": "Be brief.",
    "tools": [{"type": "function", **OPENAI["tools"][0]["function"], "strict": False}],
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in Bern?"}]},
        {"role": "assistant", "content": "Looking."},
        {"type": "function_call", "call_id": "call_1_f114f143", "name": "weather", "arguments": '{"city": "Bern"}'},
        {
            "type": "function_call",
            "call_id": "call_2",
            "name": "weather",
            "arguments": '{"INVALID_JSON": "{\\"city\\": "}',
        },
        {"type": "function_call_output", "call_id": "call_1_f114f143", "output": "sunny"},
        {"type": "function_call_output", "call_id": "call_2", "output": "not JSON"},
        {"role": "user", "content": [{"type": "input_text", "text": "And hurry."}]},
    ],
}

GOOGLE = {
    "generationConfig": {"maxOutputTokens": 100},
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "weather",
                    "description": "Tells the weather.",
                    "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}},
                }
            ]
        }
    ],
    "contents": [
        {"role": "user", "parts": [{"text": "Weather in Bern?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Looking."},
                {"functionCall": {"name": "weather", "args": {"city": "Bern"}}},
                {"functionCall": {"name": "weather", "args": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "weather", "response": {"output": "sunny"}}},
                {"functionResponse": {"name": "weather", "response": {"error": "not JSON"}}},
            ],
        },
        {"role": "user", "parts": [{"text": "And hurry."}]},
    ],
}

BEDROCK = {
    "inferenceConfig": {"maxTokens": 100},
    "system": [{"text": "Be brief."}],
    "toolConfig": {
        "tools": [
            {
                "toolSpec": {
                    "name": "weather",
                    "description": "Tells the weather.",
                    "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
                }
            }
        ]
    },
    "messages": [
        {"role": "user", "content": [{"text": "Weather in Bern?"}]},
        {
            "role": "assistant",
            "content": [
                {"text": "Looking."},
                {"toolUse": {"toolUseId": "call_1_f114f143", "name": "weather", "input": {"city": "Bern"}}},
                {"toolUse": {"toolUseId": "call_2", "name": "weather", "input": {"INVALID_JSON": '{"city": '}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "toolResult": {
                        "toolUseId": "call_1_f114f143",
                        "content": [{"text": "sunny"}],
                        "status": "success",
                    }
                },
                {"toolResult": {"toolUseId": "call_2", "content": [{"text": "not JSON"}], "status": "error"}},
                {"text": "And hurry."},
            ],
        },
    ],
}

EXPECTED = {
    "bedrock-converse": BEDROCK,
    "google-generative-ai": GOOGLE,
    "openai-responses": RESPONSES,
    "anthropic-messages": ANTHROPIC,
    "openai-completions": OPENAI,
    "ollama": OLLAMA,
}
