"""The gateway process's Prometheus metrics, in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from openclaw.ports.accounts import AccountName, AccountStatus

_QUICK_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Thread-safe."""

    def __init__(
        self,
        counts: Callable[[], Mapping[str, int]],
        refusals: Callable[[], Mapping[tuple[str, str, str], int]] = dict,
        accounts: Callable[[], Mapping[AccountName, AccountStatus | None]] = dict,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_StoreCounts(counts))
        self._registry.register(_Refusals(refusals))
        self._registry.register(_HeldAccounts(accounts))
        own = self._registry
        self.connections = Gauge("openclaw_gateway_connections", "Open WebSocket connections.", registry=own)
        self._handshakes = Counter("openclaw_gateway_handshakes", "Answers to connect.", ["outcome"], registry=own)
        self._requests = Counter("openclaw_gateway_requests", "Requests answered.", ["method", "outcome"], registry=own)
        self._seconds = Histogram(
            "openclaw_gateway_request_seconds", "Time in handlers.", ["method"], buckets=_QUICK_SECONDS, registry=own
        )
        self._accepted = Counter("openclaw_gateway_accepted", "Messages made durable.", ["source"], registry=own)
        self._events = Counter("openclaw_gateway_events_sent", "Events queued for clients.", registry=own)
        self._dropped = Counter("openclaw_gateway_deltas_dropped", "Text deltas left out for the slow.", registry=own)
        self._webhooks = Counter("openclaw_gateway_webhooks", "Webhook calls.", ["channel", "status"], registry=own)

    def handshake(self, outcome: str) -> None:
        self._handshakes.labels(outcome).inc()

    def request(self, method: str, outcome: str, seconds: float) -> None:
        self._requests.labels(method, outcome).inc()
        self._seconds.labels(method).observe(seconds)

    def accepted(self, source: str) -> None:
        self._accepted.labels(source).inc()

    def events_sent(self, count: int) -> None:
        self._events.inc(count)

    def delta_dropped(self) -> None:
        self._dropped.inc()

    def webhook(self, channel: str, status: int) -> None:
        self._webhooks.labels(channel, str(status)).inc()

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _StoreCounts(Collector):
    """Asks the database when it is scraped, so that every gateway tells the same."""

    def __init__(self, counts: Callable[[], Mapping[str, int]]) -> None:
        self._counts = counts

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [GaugeMetricFamily("openclaw_store_rows", "What the database holds.", labels=["kind"])]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily("openclaw_store_rows", "What the database holds.", labels=["kind"])
        for kind, count in self._counts().items():
            family.add_metric([kind], count)
        yield family


class _Refusals(Collector):
    """Asks intake when it is scraped: what it counts it counts for every process that has one."""

    def __init__(self, refusals: Callable[[], Mapping[tuple[str, str, str], int]]) -> None:
        self._refusals = refusals

    def describe(self) -> Iterable[CounterMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = self._family()
        for labels, count in self._refusals().items():
            family.add_metric(labels, count)
        yield family

    @staticmethod
    def _family() -> CounterMetricFamily:
        labels = ["channel", "account", "reason"]
        return CounterMetricFamily("openclaw_intake_refused", "Messages that were not admitted.", labels=labels)


#: What is told of each account that a connector is to hold.
_ACCOUNT_GAUGES: dict[str, tuple[str, Callable[[AccountStatus], float]]] = {
    "connected": ("Whether it is connected.", lambda status: float(status.state == "connected")),
    "refused": ("Whether the platform has refused it for good.", lambda status: float(status.state == "refused")),
    "failures": ("Attempts in a row that failed.", lambda status: float(status.failures)),
    "last_success_timestamp_seconds": ("When its platform last answered.", lambda status: status.success_at_ms / 1000),
    "last_inbound_timestamp_seconds": ("When somebody last wrote.", lambda status: status.inbound_at_ms / 1000),
}
_NOT_HELD = AccountStatus("stopped")


class _HeldAccounts(Collector):
    """Asks what connectors have told of their accounts when it is scraped: every gateway says the same."""

    def __init__(self, accounts: Callable[[], Mapping[AccountName, AccountStatus | None]]) -> None:
        self._accounts = accounts

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [self._family(name) for name in _ACCOUNT_GAUGES]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        accounts = self._accounts()
        for name, (_, read) in _ACCOUNT_GAUGES.items():
            family = self._family(name)
            for labels, status in accounts.items():
                family.add_metric(labels, read(status or _NOT_HELD))
            yield family

    @staticmethod
    def _family(name: str) -> GaugeMetricFamily:
        labels = ["channel", "account"]
        return GaugeMetricFamily(f"openclaw_channel_account_{name}", _ACCOUNT_GAUGES[name][0], labels=labels)
