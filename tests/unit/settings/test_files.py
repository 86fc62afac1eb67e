"""The files that ship with us can be used as they are."""

from __future__ import annotations

from pathlib import Path

from openclaw.settings import describe
from openclaw.settings.load import load_settings

ROOT = Path(__file__).resolve().parents[3]


def test_the_example_for_one_machine_loads(tmp_path):
    settings = load_settings(
        {
            "HOME": str(tmp_path),
            "OPENCLAW_CONFIG": str(ROOT / "config" / "config.example.toml"),
            "TELEGRAM_TOKEN": "1:a",
            "TELEGRAM_SECRET": "b",
        },
        cwd=tmp_path,
    )
    assert str(settings.agents.default.model) == "local/qwen3"
    assert settings.bindings[0].peer_id == "-1001234567890"
    assert settings.channels["telegram"]["default"]["token"] == "1:a"


def test_the_example_for_a_cluster_loads(tmp_path):
    settings = load_settings(
        {
            "HOME": str(tmp_path),
            "OPENCLAW_CONFIG": str(ROOT / "config" / "cluster.example.toml"),
            "OPENCLAW_GATEWAY_TOKEN": "t",
            "DATABASE_PASSWORD": "d",
            "REDIS_PASSWORD": "r",
            "FLOWER_PASSWORD": "f",
            "ANTHROPIC_API_KEY": "a",
            "OPENAI_API_KEY": "o",
        },
        cwd=tmp_path,
    )
    assert "gpu" in settings.agent_queues
    assert settings.database_url.reveal().startswith("postgresql://openclaw:d@")


def test_the_reference_page_is_up_to_date():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == describe.reference(), "run: python -m openclaw.settings.describe > docs/configuration.md"
