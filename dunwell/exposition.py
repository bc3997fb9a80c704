"""This process's metrics over HTTP: off unless DUNWELL_METRICS_PORT is set, on loopback unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import start_http_server

from domain.errors import NotReady
from dunwell.observe import Observed
from dunwell.observe_database import DatabaseCollector
from dunwell.observe_traces import make_traces
from dunwell.settings import Settings
from workflows.read_status import read_status
from workflows.services import Services

log = structlog.get_logger(__name__)


@contextmanager
def observed(settings: Settings, services: Services, kind: str) -> Iterator[Observed]:
    """The observer of a process of this kind, its metrics shown and its traces sent until the end.

    Raises NotReady when the port is taken: two processes on one machine each need their own.
    """
    traces = make_traces(f"dunwell-{kind}")
    observer = Observed(tracer=traces)
    server = None
    if settings.metrics_port:
        observer.registry.register(DatabaseCollector(lambda: read_status(services)))
        try:
            server, _ = start_http_server(settings.metrics_port, settings.metrics_host, registry=observer.registry)
        except OSError as error:
            where = f"{settings.metrics_host}:{settings.metrics_port}"
            raise NotReady(
                f"metrics can't be shown on {where}: {error.strerror}; give each process its own DUNWELL_METRICS_PORT"
            ) from None
        log.info("metrics.shown", host=settings.metrics_host, port=settings.metrics_port)
    try:
        yield observer
    finally:
        if server is not None:
            server.shutdown()
            server.server_close()
        if traces is not None:
            traces.close()
