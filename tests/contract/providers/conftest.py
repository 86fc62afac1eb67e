"""One server per wire family for the module, forgotten between tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from openclaw.ports.provider import Provider
from tests.contract.providers.families import WIRE_FAMILIES, WireFamily, open_provider
from tests.waiting import wait_until
from tests.wire.sse_server import SSEServer


@dataclass(frozen=True)
class Vendor:
    """A wire family's server, and a provider that talks to it."""

    family: WireFamily
    server: SSEServer
    provider: Provider

    @property
    def base_url(self) -> str:
        return self.server.base_url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask every family, but for those whose wire format lacks what the test is about."""
    if "_vendor" in metafunc.fixturenames:
        needed = {mark.args[0] for mark in metafunc.definition.iter_markers("needs")}
        names = [name for name, family in sorted(WIRE_FAMILIES.items()) if not needed & family.lacks]
        metafunc.parametrize("_vendor", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def _vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    family = WIRE_FAMILIES[request.param]
    with family.server_class() as server:
        provider = open_provider(family.api, server.base_url)
        yield Vendor(family, server, provider)
        provider.close()


@pytest.fixture
def vendor(_vendor: Vendor) -> Vendor:
    # A stream that an earlier test gave up is over when the server has noticed.
    wait_until(lambda: _vendor.server.stats()["active"] == 0, what="the streams of earlier tests to end")
    _vendor.server.reset()
    return _vendor


@pytest.fixture(scope="module", params=["demo", *sorted(WIRE_FAMILIES)])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """Every family; the wire servers heed the directives that the demo model does."""
    if request.param == "demo":
        yield open_provider("demo")
        return
    family = WIRE_FAMILIES[request.param]
    with family.server_class() as server:
        opened = open_provider(family.api, server.base_url)
        yield opened
        opened.close()
