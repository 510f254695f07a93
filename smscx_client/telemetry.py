"""OpenTelemetry: a span and a duration for each call. Needs the extra ``otel``."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled, suppress_http_instrumentation, unwrap
from opentelemetry.metrics import Histogram
from opentelemetry.propagate import inject
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from wrapt import wrap_function_wrapper

from smscx_client._transport import transport
from smscx_client._transport.response import Response
from smscx_client._version import __version__
from smscx_client.api_client import ApiClient

DURATION = ("http.client.request.duration", "s", "Duration of HTTP client requests.")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Boundaries in seconds, from the semantic conventions."""


class SmscxInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Traces and measures the calls of all clients: ``SmscxInstrumentor().instrument()``.

    ``instrument`` accepts a ``tracer_provider`` and a ``meter_provider``; the global ones if missing. ``uninstrument``
    ends it. Calls cost nothing more until you call ``instrument``, because it replaces functions of the client.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **options: Any) -> None:
        tracer = trace.get_tracer("smscx_client", __version__, options.get("tracer_provider"))
        meter = metrics.get_meter("smscx_client", __version__, options.get("meter_provider"))
        duration = meter.create_histogram(*DURATION, explicit_bucket_boundaries_advisory=BUCKETS)
        wrap_function_wrapper(ApiClient, "_send", partial(_trace, tracer, duration))
        wrap_function_wrapper(transport, "_attempt", _propagate)
        wrap_function_wrapper(transport, "_report", _add_retry)

    def _uninstrument(self, **_: Any) -> None:
        for owner, name in ((ApiClient, "_send"), (transport, "_attempt"), (transport, "_report")):
            unwrap(owner, name)


def _trace(tracer: Tracer, duration: Histogram, send: Any, client: ApiClient, args: Any, _: object) -> Any:
    """Make a call in a span. Paths and messages may contain phone numbers, so none is recorded."""
    if not is_http_instrumentation_enabled():
        return send(*args)
    operation, host = args[0].operation, client.configuration.host
    address = urlsplit(host)
    known: dict[str, str | int] = {
        "http.request.method": operation.method,
        "url.template": operation.path,
        "server.address": address.hostname or "",
        "server.port": address.port or (443 if address.scheme == "https" else 80),
    }
    url = host + re.sub("{.*?}", "REDACTED", operation.path)
    span = tracer.start_span(f"{operation.method} {operation.path}", None, SpanKind.CLIENT, {**known, "url.full": url})
    status, attempts, started = 0, 1, time.perf_counter()
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            response = send(*args)
            status, attempts = response.status, response.attempt
        except BaseException as error:
            status = getattr(error, "status", 0) if getattr(error, "operation", "") == operation.name else 0
            attempts = getattr(error, "attempts", 1)
            known["error.type"] = str(status) if status else f"{type(error).__module__}.{type(error).__qualname__}"
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            if status:
                known["http.response.status_code"] = status
            duration.record(time.perf_counter() - started, known)
            if attempts > 1:
                known["http.request.resend_count"] = attempts - 1
            span.set_attributes(known)
    return response


def _propagate(attempt: Any, _: object, args: Any, __: object) -> Any:
    """Send the trace context with a request, without another span for it."""
    state, call, headers, *others = args
    context: dict[str, str] = {}
    inject(context)
    with suppress_http_instrumentation():
        return attempt(state, call, {**context, **headers}, *others)


def _add_retry(report: Any, _: object, args: Any, __: object) -> None:
    """Add an event to the span of a call that is retried."""
    *_others, result, _seconds, delay = args
    if delay is not None and is_http_instrumentation_enabled():
        key, cause = ("http.response.status_code", "status") if isinstance(result, Response) else ("error.type", "kind")
        event = {key: getattr(result, cause), "http.request.resend_count": result.attempt, "smscx.retry.delay": delay}
        trace.get_current_span().add_event("retry", event)
    report(*args)
