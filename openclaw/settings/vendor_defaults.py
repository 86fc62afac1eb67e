"""What is known of vendors without configuration: address, wire format, key variable and models, as data.

What is known of the models is in ``models.toml``.

The first vendor of the table whose key is set gives the default model; without any it is ``demo/echo``.
"""

from __future__ import annotations

from dataclasses import dataclass

from openclaw.ports.provider import ModelInfo, ModelRef
from openclaw.settings.catalogue import known_model


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor that needs no section of its own once its key is set."""

    id: str
    api: str
    base_url: str
    #: Environment variables that may hold the key, in order. Empty: no key is needed.
    key_variables: tuple[str, ...]
    #: The first one is the vendor's default. Empty where it is up to whoever runs it.
    models: tuple[ModelInfo, ...]
    #: Whether a key in the environment is enough. A server of one's own, or an address with ids, takes a section.
    automatic: bool = True
    #: Whether it refuses whoever has no key. Servers of one's own do not, and AWS's credentials come from elsewhere.
    needs_key: bool = True

    @property
    def default_model(self) -> ModelRef:
        return ModelRef(self.id, self.models[0].id)


def _compatible(
    id_: str,
    base_url: str,
    key_variables: tuple[str, ...],
    *models: ModelInfo,
    automatic: bool = True,
    needs_key: bool = True,
) -> Vendor:
    """A vendor that speaks OpenAI's Chat Completions."""
    return Vendor(id_, "openai-completions", base_url, key_variables, models, automatic, needs_key)


DEMO = Vendor(
    id="demo",
    api="demo",
    base_url="",
    key_variables=(),
    models=(ModelInfo("echo", "demo", "Echo", context_window=200_000, max_output_tokens=8192),),
    needs_key=False,
)

#: Beside it, where there is a script for it.
SCRIPT = ModelInfo("script", "demo", "Script", context_window=200_000, max_output_tokens=8192)

VENDORS: tuple[Vendor, ...] = (
    Vendor(
        id="anthropic",
        api="anthropic-messages",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        models=(
            known_model("anthropic", "claude-sonnet-5", "Claude Sonnet 5"),
            known_model("anthropic", "claude-opus-5", "Claude Opus 5"),
            known_model("anthropic", "claude-haiku-4-5", "Claude Haiku 4.5"),
        ),
    ),
    Vendor(
        id="openai",
        api="openai-completions",
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        models=(
            known_model("openai", "gpt-5.2", "GPT-5.2"),
            known_model("openai", "gpt-5-mini", "GPT-5 mini"),
        ),
    ),
    Vendor(
        id="google",
        api="google-generative-ai",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        models=(
            known_model("google", "gemini-flash-latest", "Gemini Flash"),
            known_model("google", "gemini-2.5-pro", "Gemini 2.5 Pro"),
        ),
    ),
    _compatible(
        "openrouter",
        "https://openrouter.ai/api/v1",
        ("OPENROUTER_API_KEY",),
        known_model("openrouter", "openrouter/auto", "OpenRouter's choice"),
    ),
    _compatible(
        "moonshot",
        "https://api.moonshot.ai/v1",
        ("MOONSHOT_API_KEY",),
        known_model("moonshot", "kimi-k2.5", "Kimi K2.5"),
        known_model("moonshot", "kimi-k2.6", "Kimi K2.6"),
    ),
    _compatible(
        "qwen",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        ("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
        known_model("qwen", "qwen3-max", "Qwen3 Max"),
        known_model("qwen", "qwen-plus", "Qwen Plus"),
    ),
    _compatible(
        "deepseek",
        "https://api.deepseek.com/v1",
        ("DEEPSEEK_API_KEY",),
        known_model("deepseek", "deepseek-flash", "DeepSeek Flash"),
        known_model("deepseek", "deepseek-v4-pro", "DeepSeek V4 Pro"),
    ),
    _compatible(
        "xai",
        "https://api.x.ai/v1",
        ("XAI_API_KEY",),
        known_model("xai", "grok-4", "Grok 4"),
        known_model("xai", "grok-code-fast-1", "Grok Code Fast"),
    ),
    _compatible(
        "groq",
        "https://api.groq.com/openai/v1",
        ("GROQ_API_KEY",),
        known_model("groq", "openai/gpt-oss-120b", "GPT-OSS 120B"),
        known_model("groq", "llama-3.3-70b-versatile", "Llama 3.3 70B"),
    ),
    _compatible(
        "mistral",
        "https://api.mistral.ai/v1",
        ("MISTRAL_API_KEY",),
        known_model("mistral", "mistral-large-latest", "Mistral Large"),
        known_model("mistral", "mistral-small-latest", "Mistral Small"),
    ),
    _compatible(
        "together",
        "https://api.together.xyz/v1",
        ("TOGETHER_API_KEY",),
        known_model("together", "moonshotai/Kimi-K2-Instruct-0905", "Kimi K2"),
        known_model("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "Llama 3.3 70B"),
    ),
    _compatible(
        "huggingface",
        "https://router.huggingface.co/v1",
        ("HF_TOKEN", "HUGGINGFACE_HUB_TOKEN"),
        known_model("huggingface", "deepseek-ai/DeepSeek-V3.1", "DeepSeek V3.1"),
        known_model("huggingface", "Qwen/Qwen3-235B-A22B-Instruct-2507", "Qwen3 235B"),
    ),
    _compatible(
        "cloudflare",
        "https://gateway.ai.cloudflare.com/v1/{account}/{gateway}/compat",
        ("CLOUDFLARE_AI_GATEWAY_API_KEY",),
        known_model("cloudflare", "openai/gpt-5-mini", "GPT-5 mini"),
        automatic=False,
    ),
    Vendor(
        "bedrock",
        "bedrock-converse",
        "",
        ("AWS_BEARER_TOKEN_BEDROCK",),
        (
            known_model("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5"),
            known_model("bedrock", "amazon.nova-pro-v1:0", "Nova Pro"),
        ),
        automatic=False,
        needs_key=False,
    ),
    Vendor("ollama", "ollama", "http://127.0.0.1:11434", ("OLLAMA_API_KEY",), (), automatic=False, needs_key=False),
    _compatible(
        "github-copilot",
        "https://api.githubcopilot.com",
        (),
        known_model("github-copilot", "gpt-5-mini", "GPT-5 mini"),
        known_model("github-copilot", "claude-sonnet-4.5", "Claude Sonnet 4.5"),
        automatic=False,
    ),
    _compatible(
        "qwen-portal",
        "https://portal.qwen.ai/v1",
        (),
        known_model("qwen-portal", "coder-model", "Qwen Coder"),
        automatic=False,
    ),
    _compatible("lmstudio", "http://127.0.0.1:1234/v1", (), automatic=False, needs_key=False),
    _compatible("vllm", "http://127.0.0.1:8000/v1", ("VLLM_API_KEY",), automatic=False, needs_key=False),
)

BY_ID = {vendor.id: vendor for vendor in (DEMO, *VENDORS)}
#: Every variable a vendor's key may stand in.
KEY_VARIABLES = tuple(name for vendor in VENDORS for name in vendor.key_variables)
#: Wire formats of which no vendor needs a key.
_KEYLESS = frozenset(vendor.api for vendor in BY_ID.values()) - {
    vendor.api for vendor in BY_ID.values() if vendor.needs_key
}


def needs_key(provider: str, api: str) -> bool:
    """Whether a configured vendor is of no use without a key; for one that is not known, its wire format tells."""
    vendor = BY_ID.get(provider)
    return vendor.needs_key if vendor is not None and vendor.api == api else api not in _KEYLESS
