"""Gateways that serve ``/v1``."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.integration.web.openai_api.calls import EVERYTHING, open_client
from tests.integration.web.serving import Served, serving
from tests.integration.web.twins import Desk, answer


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk = Desk()
    with serving(desk, tmp_path_factory.mktemp("state"), http=EVERYTHING, vendors=("mock",)) as served:
        yield served


@pytest.fixture
def api(shared: Served) -> Served:
    """A gateway with everything switched on, for tests that leave it as they found it."""
    shared.desk.submitted.clear()
    shared.desk.aborts.clear()
    shared.desk.trouble = None
    shared.desk.work = answer("hello there")
    return shared


@pytest.fixture
def client(api: Served) -> Iterator[openai.OpenAI]:
    with open_client(api) as opened:
        yield opened
