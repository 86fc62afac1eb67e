"""Every vendor that speaks Chat Completions in its own way, by its id in our table of vendors."""

from __future__ import annotations

from tests.wire.vendors.cloudflare import Cloudflare
from tests.wire.vendors.deepseek import DeepSeek
from tests.wire.vendors.groq import Groq
from tests.wire.vendors.huggingface import HuggingFace
from tests.wire.vendors.lmstudio import LMStudio
from tests.wire.vendors.mistral import Mistral
from tests.wire.vendors.moonshot import Moonshot
from tests.wire.vendors.openrouter import OpenRouter
from tests.wire.vendors.qwen import Qwen
from tests.wire.vendors.together import Together
from tests.wire.vendors.vendor import CompatibleVendor
from tests.wire.vendors.vllm import VLLM
from tests.wire.vendors.xai import XAI

VENDORS: dict[str, CompatibleVendor] = {
    vendor.id: vendor
    for vendor in (
        Cloudflare(), DeepSeek(), Groq(), HuggingFace(), LMStudio(), Mistral(),
        Moonshot(), OpenRouter(), Qwen(), Together(), VLLM(), XAI(),
    )
}  # fmt: skip
