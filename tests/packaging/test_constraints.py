"""Every direct dependency is pinned to a version that setup.cfg allows."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
#: The project itself, and what builds it rather than runs it.
UNPINNED = {"openclaw-celery", "setuptools", "wheel"}
#: Extras that the local and the test installs leave out have no known-good version here.
PINNED_EXTRAS = ("embedded-redis", "postgres", "anthropic", "openai", "flower", "discovery", "local", "test")


def requirements() -> list[Requirement]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = [setup["options.extras_require"].get(name, "") for name in PINNED_EXTRAS]
    lines = "\n".join([setup["options"]["install_requires"], *extras]).splitlines()
    found = [Requirement(line) for line in lines if line.strip()]
    return [requirement for requirement in found if canonicalize_name(requirement.name) not in UNPINNED]


def pins() -> dict[str, str]:
    lines = (ROOT / "config" / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_pin_satisfies_the_requirement(requirement: Requirement) -> None:
    pinned = pins().get(canonicalize_name(requirement.name))
    assert pinned is not None
    assert requirement.specifier.contains(pinned)
