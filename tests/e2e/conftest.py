"""One stack for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack import Client, Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    connected = stack.client(caps=("tool-events",))
    yield connected
    connected.close()
