"""Opening providers: what must be there, and what is not imported before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openclaw import providers
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.ports.provider import ModelInfo, Provider, ProviderConfig
from openclaw.ports.secrets import Secret

WIRE = [("anthropic-messages", "anthropic", "anthropic"), ("openai-completions", "openai", "openai_compatible")]


def open_with(api: str, **fields: object) -> Provider:
    registry = Registry()
    providers.register(registry)
    return registry.providers[api].open(ProviderConfig("acme", api, **fields))


def test_every_family_registers_its_api() -> None:
    registry = Registry()
    providers.register(registry)
    assert set(registry.providers) == {
        *(api for api, _, _ in WIRE),
        "bedrock-converse",
        "google-generative-ai",
        "openai-responses",
        "ollama",
        "demo",
    }


def test_registering_imports_no_sdk() -> None:
    code = """
import sys
from openclaw import providers
from openclaw.plugins.registry import Registry
providers.register(Registry())
print({"anthropic", "openai", "httpx2", "pydantic"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(("api", "sdk", "package"), WIRE)
def test_a_missing_sdk_names_what_to_install(api: str, sdk: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(f"openclaw.providers.{package}.")]:
        if name.endswith((".provider", ".errors")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, sdk, None)
    with pytest.raises(ConfigError, match=rf"pip install 'openclaw-celery\[{sdk}\]'"):
        open_with(api, api_key=Secret("sk-123456"))


@pytest.mark.parametrize("api", [api for api, _, _ in WIRE])
@pytest.mark.parametrize("key", [None, Secret(""), Secret(" \n")])
def test_a_missing_key_is_said(api: str, key: Secret | None) -> None:
    with pytest.raises(ConfigError, match="provider 'acme' has no api_key"):
        open_with(api, api_key=key)


def test_a_server_of_ones_own_needs_no_key() -> None:
    open_with("openai-completions", base_url="http://127.0.0.1:9/v1").close()


@pytest.mark.parametrize("api", [api for api, _, _ in WIRE])
@pytest.mark.parametrize("key", ["sk-ключ", "sk-12\n34"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(api: str, key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        open_with(api, api_key=Secret(key))
    assert "sk-" not in str(raised.value)


@pytest.mark.parametrize("api", [api for api, _, _ in WIRE])
def test_the_configured_models_are_the_known_ones(api: str) -> None:
    known = (ModelInfo("m", "acme"),)
    provider = open_with(api, api_key=Secret(" sk-123456\n"), models=known)
    assert provider.models() == known
    provider.close()
