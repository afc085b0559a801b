"""What the daemon tells Prometheus: counters that are kept as things happen, and gauges read when it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector, Summary
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .. import __version__
from ..jobs import Desk
from ..jobs.observer import Measures
from ..jobs.state import name_of
from ..memory import held as held_by
from ..v1 import jobs_pb2 as pb

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000)
_CALL_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
# A stage's word may come from an operation of the site's own; what is beyond this many is counted together.
MOST_STAGES = 200
_NUMBERS = re.compile(r"\s*\d+(\s*(of|/)\s*\d+)?")


class Metrics:
    """An observer of the desk and of the calls; ``registry`` is what Prometheus is shown."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._jobs = self._counter("shiage_jobs", "Jobs that ended", "operation", "state")
        self._wait = self._histogram("shiage_job_wait_seconds", "From submission to begin", _SECONDS, "operation")
        self._run = self._histogram("shiage_job_run_seconds", "From begin to end", _SECONDS, "operation")
        self._stages = Summary(
            "shiage_stage_seconds", "What the stages of operations took", ("operation", "stage"), registry=self.registry
        )
        self._hits = self._counter("shiage_cache_hits", "Results, blobs and networks that were there", "cache")
        self._misses = self._counter("shiage_cache_misses", "Results, blobs and networks that were not", "cache")
        self._errors = self._counter("shiage_errors", "Failed jobs and refused calls", "where", "code")
        self._lost = self._counter("shiage_workers_lost", "Workers that ended under a job", "operation")
        self._calls = self._histogram("shiage_call_seconds", "Calls without streams", _CALL_SECONDS, "method")
        self._known_stages: set[tuple[str, str]] = set()
        for cache in ("results", "blobs", "networks"):
            self._hits.labels(cache)
            self._misses.labels(cache)

    def look_at(self, desk: Desk) -> None:
        """Read the gauges from ``desk`` from now on."""
        self.registry.register(_House(desk))

    # Observer

    def submitted(self, job: pb.Job) -> None:
        """A job was taken in."""
        self._look_up("results", found=job.from_store)

    def measured(self, operation: str, measures: Measures) -> None:
        """A run of an operation came to its end."""
        for stage, seconds in measures.seconds.items():
            self._stages.labels(operation, self._stage(operation, stage)).observe(seconds)
        self._hits.labels("networks").inc(measures.models_kept)
        self._misses.labels("networks").inc(measures.models_loaded)

    def ended(self, job: pb.Job) -> None:
        """A job is over."""
        self._jobs.labels(job.operation, name_of(job.state)).inc()
        if job.state == pb.STATE_FAILED:
            self._errors.labels("job", job.failure.code).inc()
        if job.started:
            self._wait.labels(job.operation).observe(max(job.started - job.created, 0.0))
            self._run.labels(job.operation).observe(max(job.ended - job.started, 0.0))

    def worker_lost(self, operation: str) -> None:
        """What ran a job ended under it."""
        self._lost.labels(operation).inc()

    # Calls

    def blob_asked_for(self, here: bool) -> None:
        """A client offered a blob."""
        self._look_up("blobs", found=here)

    def called(self, method: str, seconds: float) -> None:
        """A call that is no stream was answered or refused."""
        self._calls.labels(method.rpartition("/")[2]).observe(seconds)

    def refused(self, code: str) -> None:
        """A call ended in an error of this class."""
        self._errors.labels("call", code).inc()

    def _look_up(self, cache: str, *, found: bool) -> None:
        (self._hits if found else self._misses).labels(cache).inc()

    def _stage(self, operation: str, stage: str) -> str:
        """The word for the stage without its numbers, so that ``frame 7`` is no series of its own."""
        word = _NUMBERS.sub("", stage).strip() or "working"
        if (operation, word) not in self._known_stages and len(self._known_stages) >= MOST_STAGES:
            return "other"
        self._known_stages.add((operation, word))
        return word

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)


class _House(Collector):
    """Gauges, read from the desk when they are asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> Iterator[Metric]:
        """Nothing yet: at registration the desk has not started."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        desk = self._desk
        yield _gauge("shiage_jobs_waiting", "Jobs in the queue", desk.waiting(), "priority")
        yield _gauge("shiage_jobs_running", "Jobs at work", desk.counts()[1])
        held = {"daemon": held_by(), **desk.memory()}
        yield _gauge("shiage_memory_bytes", "What each process holds", held, "process")
        yield _gauge("shiage_spool_bytes", "What the spool holds", desk.upkeep.used)
        yield _gauge("shiage_spool_limit_bytes", "What the spool may hold", desk.limits.spool_bytes)
        yield _gauge("shiage_spool_free_bytes", "Room on the spool's disk", desk.spool.free())
        about = GaugeMetricFamily("shiage_about", "The daemon", labels=("version", "accelerator"))
        about.add_metric((__version__, desk.accelerator()), 1)
        yield about


def _gauge(name: str, text: str, value: float | dict[str, int], label: str = "") -> Metric:
    if not isinstance(value, dict):
        return GaugeMetricFamily(name, text, value=value)
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, one in value.items():
        family.add_metric((key,), one)
    return family
