"""What is counted of a node, for Prometheus. Numbers only: no party's name, no reference, no address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meters:
    """The meters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "sazokar_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "sazokar_request_seconds",
            "Time to the end of an answer",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )

    def note(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self.requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        if not route.startswith("/v1/events"):  # a stream's length is no latency
            self.seconds.labels(route).observe(took_s)

    def gauge(self, name: str, told: str, value: Callable[[], float]) -> None:
        """Show a value that is asked for when the meters are read."""
        Gauge(f"sazokar_{name}", told, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """Return the meters in the text format of Prometheus."""
        return generate_latest(self.registry)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
