"""Traces by OpenTelemetry, sent over OTLP: off unless OTEL_EXPORTER_OTLP_ENDPOINT is set. Needs `dunwell[otel]`.

The standard variables hold (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` …).
Attributes are ids of ours; nothing of a message or a person goes into a span, not even an exception's text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from domain.errors import NotReady
from workflows.observe import Id

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
ENDPOINTS = (ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Traces:
    """Spans of one process. `close` sends what is left."""

    def __init__(self, exporter: Any, service: str) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("dunwell")

    @contextmanager
    def span(self, name: str, ids: dict[str, Id]) -> Iterator[None]:
        """See `observe.Tracer.span`."""
        from opentelemetry.trace import Status, StatusCode

        attributes = {f"dunwell.{key}": value for key, value in ids.items()}
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def carrier(self) -> dict[str, str]:
        """See `observe.Tracer.carrier`."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        found: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(found)
        return found

    def continued(self, carrier: dict[str, str]) -> AbstractContextManager[None]:
        """See `observe.Tracer.continued`."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        return _within(TraceContextTextMapPropagator().extract(carrier))

    def close(self) -> None:
        """Send what is left, for at most a few seconds."""
        self._provider.shutdown()


@contextmanager
def _within(context: Any) -> Iterator[None]:
    from opentelemetry.context import attach, detach

    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def make_traces(service: str) -> Traces | None:
    """Traces to where the environment says; None where it says nothing. Raises NotReady without the packages."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise NotReady(
            f"{ENDPOINT} is set, but the packages that trace are not installed; pip install 'dunwell[otel]'"
        ) from None
    return Traces(OTLPSpanExporter(timeout=5), service)
