"""Previews of Anthropic's API: named in the configuration, sent with every request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from openclaw import providers
from openclaw.errors import ConfigError
from openclaw.plugins.registry import Registry
from openclaw.settings.load import load_settings
from tests.contract.providers.calls import ask, events_of
from tests.wire.anthropic.server import AnthropicWireServer

pytestmark = pytest.mark.spec("F1")


@pytest.fixture
def server() -> Iterator[AnthropicWireServer]:
    with AnthropicWireServer() as running:
        yield running


def sent(server: AnthropicWireServer, tmp_path: Path, more: str) -> str | None:
    registry = Registry()
    providers.register(registry)
    text = f'base_url = "{server.base_url}"\n{more}'
    (tmp_path / "config.toml").write_text(f'[models.providers.anthropic]\napi_key = "k"\n{text}')
    settings = load_settings({"HOME": str(tmp_path), "OPENCLAW_HOME": str(tmp_path)}, cwd=tmp_path)
    config = settings.models.providers["anthropic"]
    with closing(registry.providers[config.api].open(config)) as provider:
        events_of(provider, ask("hello"))
    return server.requests[-1].headers.get("anthropic-beta")


def test_previews_go_out_in_one_header(server: AnthropicWireServer, tmp_path: Path) -> None:
    betas = 'betas = ["context-1m-2025-08-07", "interleaved-thinking-2025-05-14"]\n'
    both = "context-1m-2025-08-07,interleaved-thinking-2025-05-14"
    assert sent(server, tmp_path, betas) == both
    assert sent(server, tmp_path, "") is None
    # One that is named among the headers goes with them.
    named = '[models.providers.anthropic.headers]\nAnthropic-Beta = "files-api-2025-04-14"\n'
    assert sent(server, tmp_path, betas + named) == f"files-api-2025-04-14,{both}"


@pytest.mark.parametrize(
    ("vendor", "more", "says"),
    [
        ("anthropic", 'betas = ["two words"]', r"anthropic\.betas\[0\]: expected the name of a preview"),
        ("anthropic", 'betas = ["a,b"]', r"anthropic\.betas\[0\]: expected the name of a preview"),
        ("anthropic", 'betas = "context-1m-2025-08-07"', r"anthropic\.betas: expected a list"),
        ("openai", 'betas = ["a"]', r'openai\.betas: is for vendors with `api = "anthropic-messages"`'),
    ],
)
def test_what_is_no_preview_is_refused_with_its_place(tmp_path: Path, vendor: str, more: str, says: str) -> None:
    (tmp_path / "config.toml").write_text(f"[models.providers.{vendor}]\n{more}\n")
    with pytest.raises(ConfigError, match=rf"models\.providers\.{says}"):
        load_settings({"HOME": str(tmp_path), "OPENCLAW_HOME": str(tmp_path)}, cwd=tmp_path)
