"""What the documents and the deployment files point at exists."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
COMPOSE = ROOT / "deploy" / "docker" / "compose.yaml"
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
#: What a service may start: our commands, and the worker the Celery way.
STARTS = {("celery", "-A")} | {("openclaw", part) for part in ("gateway", "beat", "connector", "flower", "database")}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    targets = [match["target"] for match in _LINK.finditer(page.read_text(encoding="utf-8"))]
    local = [target.split("#")[0] for target in targets if not target.startswith(("http:", "https:", "#"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=name)
def test_a_decision_is_short_and_complete(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]


@pytest.mark.parametrize("unit", UNITS, ids=name)
def test_a_unit_starts_a_known_part_and_restarts_it(unit: Path) -> None:
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit)
    service = parsed["Service"]
    program, option = shlex.split(service["ExecStart"])[:2]
    assert (Path(program).name, option) in STARTS
    assert service["Restart"] == "always"


def test_the_compose_file_starts_known_parts_from_files_that_exist() -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    ours = {key: service for key, service in services.items() if service["image"] == "openclaw-celery"}
    assert {tuple(service["command"][:2]) for service in ours.values()} <= STARTS
    assert {"gateway", "worker", "connector", "beat", "flower"} <= set(ours)
    assert services["gateway"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2
    build = services["migrate"]["build"]
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).is_file()
    volumes = [volume for service in services.values() for volume in service.get("volumes", [])]
    mounts = [volume.split(":")[0] for volume in volumes if volume.startswith(".")]
    assert all((COMPOSE.parent / mount).exists() for mount in mounts)


def test_redis_never_evicts_in_the_compose_file() -> None:
    command = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
