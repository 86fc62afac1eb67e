"""Hugging Face's router: "Inference Providers", "Chat Completion" and "Pricing and Billing" of huggingface.co/docs.

What the router refuses is a bare text; what it does not find is an error in OpenAI's form.
"""

from __future__ import annotations

from typing import ClassVar

from tests.wire.vendors.vendor import CompatibleVendor, Refusal


class HuggingFace(CompatibleVendor):
    id = "huggingface"
    model = "deepseek-ai/DeepSeek-V3.1"
    key = "hf_vendor0123456789abcdef"
    refusals: ClassVar = {
        "key": Refusal(401, {"error": "Invalid username or password."}),
        "credit": Refusal(
            402,
            {
                "error": "You have depleted your monthly included credits. Purchase pre-paid credits to continue using"
                " Inference Providers."
            },
        ),
        "request": Refusal(
            400,
            {
                "error": {
                    "message": "The requested model 'x/y' is not supported by any provider you have enabled.",
                    "type": "invalid_request_error",
                    "param": "model",
                    "code": "model_not_supported",
                }
            },
        ),
    }
