"""The figures of a service, for Prometheus: how long calls take, and which verdicts there are, by rule."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ..report import Report
from ..rules.ruleset import Ruleset

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Where the figures of several worker processes are kept, so that each can tell those of all.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """The figures of one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "onboard_request_seconds",
            "How long calls took, by method, route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._verdicts = Counter(
            "onboard_verdicts",
            "Applications judged, by what was asked (check, admit), ruleset and verdict.",
            ("action", "ruleset", "verdict"),
            registry=self._registry,
        )
        self._outcomes = Counter(
            "onboard_outcomes",
            "What each rule said of the applications judged.",
            ("action", "ruleset", "rule", "status"),
            registry=self._registry,
        )

    def call(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one call."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def judgement(self, action: str, report: Report, ruleset: Ruleset) -> None:
        """Count one judgement."""
        self._verdicts.labels(action, ruleset.id, report.verdict).inc()
        for outcome in report.outcomes:
            self._outcomes.labels(action, ruleset.id, outcome.rule, outcome.status).inc()

    def shown(self) -> bytes:
        """The figures of all worker processes, in Prometheus' text format."""
        if not os.environ.get(SHARED_FOLDER):
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
