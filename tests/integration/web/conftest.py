"""Gateways for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def serve(desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start gateways with other services than the usual ones."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(serving(desk, tmp_path, **changes))


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
