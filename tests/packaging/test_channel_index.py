"""The page of all channels says of each what the channel says of itself."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from openclaw.plugins.builtin import register_builtin
from openclaw.plugins.registry import Registry
from openclaw.ports.channel import ChannelCapabilities, ChannelPlugin
from tests.contract.channels import worlds

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "channels"
UNITS = {"code-points": "characters", "utf-16": "UTF-16 units", "utf-8": "bytes"}


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading: the name of the channel, and all cells."""
    _, _, behind = (FOLDER / "README.md").read_text(encoding="utf-8").partition(f"## {heading}\n")
    section = behind.split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")][2:]
    return {row[0]: row for row in rows}


@pytest.fixture(scope="module")
def channels() -> dict[str, ChannelPlugin]:
    registry = Registry()
    register_builtin(registry)
    return dict(registry.channels)


def shown(plugin: ChannelPlugin) -> str:
    """The channel's name, as a link where it has a page."""
    has_page = (FOLDER / f"{plugin.name}.md").exists()
    return f"[{plugin.label}]({plugin.name}.md)" if has_page else plugin.label


def arrives_by(channel: str) -> str:
    """By webhooks if its world of the contract tests makes them, over a connection if its accounts keep one."""
    found = (import_module(f"{worlds.__name__}.{module.name}").WORLD for module in iter_modules(worlds.__path__))
    own = [world for world in found if world.plugin.name == channel]
    package = import_module(f"openclaw.channels.{channel}")
    accounts = (
        import_module(f"{package.__name__}.{module.name}")
        for module in iter_modules(package.__path__)
        if module.name.endswith("account")
    )
    connects = any(hasattr(each, "keeps_connection") for module in accounts for each in vars(module).values())
    ways = ["webhook"] * any(hasattr(world, "inbound") for world in own) + ["connector"] * connects
    return " or ".join(ways)


def text_limit(capabilities: ChannelCapabilities) -> str:
    lines = f", {capabilities.max_text_lines} lines" if capabilities.max_text_lines else ""
    return f"{capabilities.max_text_chars:,} {UNITS[capabilities.text_unit]}{lines}"


def files(capabilities: ChannelCapabilities) -> str:
    if not capabilities.media:
        return "no"
    return f"{capabilities.max_media_bytes // 1024**2:,} MiB" if capabilities.max_media_bytes else "yes"


def abilities(plugin: ChannelPlugin) -> list[str]:
    able = plugin.capabilities
    flags = (able.voice_notes, able.edits, able.reactions, able.buttons, able.typing, able.threads, able.command_menu)
    yes_or_no = ["yes" if flag else "no" for flag in flags]
    return [shown(plugin), text_limit(able), f"`{able.dialect}`", files(able), *yes_or_no]


def test_every_channel_is_there_with_what_it_can_do(channels: dict[str, ChannelPlugin]) -> None:
    expected = {shown(plugin): abilities(plugin) for plugin in channels.values()}
    rows = "\n".join(f"| {' | '.join(row)} |" for row in expected.values())
    assert table("What they can do") == expected, f"the page should say:\n{rows}"


def test_every_channel_is_there_with_how_it_is_set_up(channels: dict[str, ChannelPlugin]) -> None:
    rows = table("How they are set up")
    expected = {shown(plugin): arrives_by(plugin.name) for plugin in channels.values()}
    assert {name: row[1] for name, row in rows.items()} == expected
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows.values())


def test_every_page_of_a_channel_is_a_channels(channels: dict[str, ChannelPlugin]) -> None:
    assert {page.stem for page in FOLDER.glob("*.md")} - {"README"} <= set(channels)
