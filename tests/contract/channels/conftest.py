"""The same questions to every channel: each module of ``worlds`` is one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.contract.channels import worlds
from tests.contract.channels.worlds import WebhookWorld, World

WORLDS: dict[str, type[World]] = {
    module.name: import_module(f"{worlds.__name__}.{module.name}").WORLD for module in iter_modules(worlds.__path__)
}


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = WORLDS[request.param]()
    yield made
    made.close()


@pytest.fixture(params=sorted(name for name, made in WORLDS.items() if hasattr(made, "inbound")))
def webhooks(request: pytest.FixtureRequest) -> Iterator[WebhookWorld]:
    made = WORLDS[request.param]()
    yield made
    made.close()


@pytest.fixture(params=sorted(name for name, made in WORLDS.items() if made.plugin.capabilities.edits))
def editing(request: pytest.FixtureRequest) -> Iterator[World]:
    """Those whose messages can be changed."""
    made = WORLDS[request.param]()
    yield made
    made.close()
