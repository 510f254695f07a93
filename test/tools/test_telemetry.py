"""OpenTelemetry: one span and one duration for each call, without phone numbers, with the real SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import urllib3
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode
from sentry_sdk.integrations.stdlib import StdlibIntegration

from smscx_client import ApiClient, ApiException, Configuration
from smscx_client._transport import transport
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.telemetry import BUCKETS, SmscxInstrumentor
from support.documents import DOCS, snippets
from support.operations import DECLARED, call
from support.scripted_server import Reply

NUMBER = "33612246450"
ROOT = Path(__file__).parent.parent.parent


class Telemetry:
    """What the SDK exported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def span(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    def points(self) -> list[Any]:
        data = self.reader.get_metrics_data()
        parts = data.resource_metrics if data else []
        metrics = [metric for part in parts for scope in part.scope_metrics for metric in scope.metrics]
        assert {(metric.name, metric.unit) for metric in metrics} <= {("http.client.request.duration", "s")}
        return [point for metric in metrics for point in metric.data.data_points]


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Instrument the client and urllib3."""
    exported = Telemetry()
    providers = {"tracer_provider": exported.tracers, "meter_provider": exported.meters}
    instrumentors = [SmscxInstrumentor(), URLLib3Instrumentor()]
    for instrumentor in instrumentors:
        instrumentor.instrument(**providers)
    yield exported
    for instrumentor in instrumentors:
        instrumentor.uninstrument()


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def test_a_call_has_one_client_span_with_the_stable_conventions(
    telemetry: Telemetry, sandbox: Sandbox, api: NumbersApi
) -> None:
    api.validate_number(NUMBER)
    span = telemetry.span()
    assert (span.name, span.kind) == ("GET /numbers/validate/{phoneNumber}", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": "/numbers/validate/{phoneNumber}",
        "url.full": f"{sandbox.url}/numbers/validate/REDACTED",
        "server.address": "127.0.0.1",
        "server.port": int(sandbox.url.rpartition(":")[2]),
        "http.response.status_code": 200,
    }
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())


def test_the_duration_of_each_call_is_measured(telemetry: Telemetry, sandbox: Sandbox, api: NumbersApi) -> None:
    for _ in range(3):
        api.validate_number(NUMBER)
    with pytest.raises(ApiException):
        api.get_rent_status("471ddea7-930c-49e8-8e99-2683834dd92e")
    points = telemetry.points()
    assert [point.count for point in points] == [3, 1]
    assert [point.explicit_bounds for point in points] == [BUCKETS, BUCKETS]
    assert 0 < points[0].sum < 3
    port = int(sandbox.url.rpartition(":")[2])
    assert dict(points[1].attributes) == {
        "http.request.method": "GET",
        "url.template": "/numbers/rent/{rentId}",
        "server.address": "127.0.0.1",
        "server.port": port,
        "http.response.status_code": 404,
        "error.type": "404",
    }


def test_a_retry_is_an_event_and_counts_as_a_resend(telemetry: Telemetry, serve: Any, connect: Any) -> None:
    server = serve([Reply(fault="reset"), Reply(503, headers={"Retry-After": "0"}), Reply(200)])
    connect(server, retries=2).validate_number(NUMBER)
    span = telemetry.span()
    assert (span.attributes or {})["http.request.resend_count"] == 2
    first, second = span.events
    assert (first.name, second.name) == ("retry", "retry")
    assert dict(first.attributes or {})["error.type"] == "ProtocolError"
    assert dict(second.attributes or {}) == {
        "http.response.status_code": 503,
        "http.request.resend_count": 2,
        "smscx.retry.delay": 0.0,
    }


def test_the_trace_context_is_sent_with_every_attempt(telemetry: Telemetry, serve: Any, connect: Any) -> None:
    server = serve([Reply(503, headers={"Retry-After": "0"}), Reply(200)])
    with telemetry.tracers.get_tracer("test").start_as_current_span("parent"):
        connect(server, retries=1).validate_number(NUMBER)
    ours, parent = telemetry.spans
    assert parent_of(ours) == parent.context.span_id
    expected = f"00-{ours.context.trace_id:032x}-{ours.context.span_id:016x}"
    assert [request.headers["traceparent"].rpartition("-")[0] for request in server.requests] == [expected, expected]


@pytest.mark.parametrize(
    ("reply", "error", "status"),
    [
        (Reply(402), "402", 402),
        (Reply(500), "500", 500),
        (Reply(302, headers={"Location": f"/{NUMBER}"}), "302", 302),
        (Reply(fault="stall"), "smscx_client.exceptions.ApiTimeoutException", None),
        (Reply(fault="reset"), "smscx_client.exceptions.ApiConnectionException", None),
        (Reply(fault="truncated"), "smscx_client.exceptions.ApiConnectionException", None),
    ],
)
def test_a_failed_call_has_the_type_of_its_error(
    reply: Reply, error: str, status: int | None, telemetry: Telemetry, serve: Any, connect: Any
) -> None:
    with pytest.raises(ApiException):
        connect(serve([reply]), timeout=0.2).rent_number(RentNumberRequest("n", 1))
    span = telemetry.span()
    attributes = dict(span.attributes or {})
    assert (attributes["error.type"], attributes.get("http.response.status_code")) == (error, status)
    assert "http.request.resend_count" not in attributes
    assert span.status.status_code is StatusCode.ERROR
    assert telemetry.points()[0].attributes["error.type"] == error


def test_a_call_that_your_code_interrupts_ends_its_span(telemetry: Telemetry, serve: Any, connect: Any) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        connect(serve([]), api_key=interrupt).validate_number(NUMBER)
    assert dict(telemetry.span().attributes or {})["error.type"] == "builtins.KeyboardInterrupt"


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("status", [200, 400, 503])
def test_no_phone_number_or_credential_is_recorded(
    name: str, status: int, telemetry: Telemetry, serve: Any, connect: Any
) -> None:
    error = {"error": {"type": "invalid_param", "code": 1207, "message": f"+{NUMBER}", "uri": f"/{NUMBER}"}}
    api = connect(serve(lambda _: Reply(status, error, {"Retry-After": "0"})), api_key="planted-key", retries=1)
    try:
        call(name, api)
    except ApiException:
        pass
    exported = [span.to_json() for span in telemetry.spans] + [str(point) for point in telemetry.points()]
    assert len(telemetry.spans) == 1
    for secret in ("planted-key", NUMBER, "33612424105"):
        assert secret not in "".join(exported)


def test_a_token_request_has_its_own_span_below_the_call(telemetry: Telemetry, sandbox: Sandbox) -> None:
    application = {"username": sandbox.application_id, "password": sandbox.application_secret}
    with ApiClient(Configuration(sandbox.url, **application)) as client:  # type: ignore[arg-type]
        NumbersApi(client).validate_number(NUMBER)
    token, outer = telemetry.spans
    assert (token.name, outer.name) == ("POST /oauth/token", "GET /numbers/validate/{phoneNumber}")
    assert parent_of(token) == outer.context.span_id


def test_a_failed_token_request_is_not_a_response_to_the_call(telemetry: Telemetry, sandbox: Sandbox) -> None:
    with ApiClient(Configuration(sandbox.url, username="app", password="wrong")) as client:
        with pytest.raises(ApiException):
            NumbersApi(client).validate_number(NUMBER)
    token, outer = (dict(span.attributes or {}) for span in telemetry.spans)
    assert (token["error.type"], token["http.response.status_code"]) == ("401", 401)
    assert outer["error.type"] == "smscx_client.exceptions.InvalidCredentialsException"
    assert "http.response.status_code" not in outer


def test_other_requests_keep_their_urllib3_spans(telemetry: Telemetry, serve: Any, connect: Any) -> None:
    server = serve(lambda _: Reply(200))

    def key() -> str:
        urllib3.request("GET", f"{server.url}/vault")
        return "key"

    connect(server, api_key=key).validate_number(NUMBER)
    urllib3.request("GET", f"{server.url}/after")
    assert [span.name for span in telemetry.spans] == ["GET", "GET /numbers/validate/{phoneNumber}", "GET"]


def test_suppressed_calls_have_no_span(telemetry: Telemetry, serve: Any, connect: Any) -> None:
    api = connect(serve([Reply(503, headers={"Retry-After": "0"}), Reply(200)]), retries=1)
    with telemetry.tracers.get_tracer("test").start_as_current_span("parent"), suppress_http_instrumentation():
        api.validate_number(NUMBER)
    assert [(span.name, span.events) for span in telemetry.spans] == [("parent", ())]
    assert telemetry.points() == []


def test_a_call_in_a_thread_of_the_client_belongs_to_the_span_of_its_caller(
    telemetry: Telemetry, api: NumbersApi
) -> None:
    with telemetry.tracers.get_tracer("test").start_as_current_span("parent") as parent:
        api.validate_number(NUMBER, async_req=True).get(timeout=10)
    assert parent_of(telemetry.spans[0]) == parent.get_span_context().span_id


def test_without_sampling_calls_work_and_are_measured(serve: Any, connect: Any) -> None:
    exported = Telemetry()
    instrumentor = SmscxInstrumentor()
    instrumentor.instrument(tracer_provider=TracerProvider(ALWAYS_OFF), meter_provider=exported.meters)
    try:
        connect(serve([Reply(503, headers={"Retry-After": "0"}), Reply(200)]), retries=1).validate_number(NUMBER)
    finally:
        instrumentor.uninstrument()
    assert [point.count for point in exported.points()] == [1]


def test_uninstrumented_calls_run_the_same_functions_as_before() -> None:
    before = (ApiClient._send, transport._attempt, transport._report)
    instrumentor = SmscxInstrumentor()
    instrumentor.instrument()
    assert ApiClient._send is not before[0]
    instrumentor.uninstrument()
    assert (ApiClient._send, transport._attempt, transport._report) == before
    assert type(ApiClient._send) is type(test_uninstrumented_calls_run_the_same_functions_as_before)


def test_the_package_does_not_import_opentelemetry() -> None:
    code = "import sys; from smscx_client import *; NumbersApi(); print('opentelemetry' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], encoding="utf-8").strip() == "False"


def test_the_entry_point_names_the_instrumentor() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    _, _, target = setup["options.entry_points"]["opentelemetry_instrumentor"].strip().partition(" = ")
    module, _, name = target.partition(":")
    assert issubclass(getattr(import_module(module), name), BaseInstrumentor)


# ---- hooks of other tools, as the documentation shows them


def redact(value: Any) -> Any:
    (code,) = snippets(DOCS / "logging.md", " monitoring")
    names: dict[str, Any] = {}
    exec(code, names)
    return names["redact"](value)


def test_the_documented_instrumentation_runs(serve: Any, connect: Any) -> None:
    (code,) = snippets(DOCS / "logging.md", " otel")
    try:
        exec(code, {})
        connect(serve([Reply(200)])).validate_number(NUMBER)
    finally:
        SmscxInstrumentor().uninstrument()


@pytest.mark.parametrize("url_filter", [None, redact])
def test_the_url_filter_of_the_urllib3_instrumentor_hides_the_number(url_filter: Any, api: NumbersApi) -> None:
    exported = Telemetry()
    URLLib3Instrumentor().instrument(tracer_provider=exported.tracers, url_filter=url_filter)
    try:
        api.validate_number(NUMBER)
    finally:
        URLLib3Instrumentor().uninstrument()
    assert (NUMBER in exported.span().to_json()) == (url_filter is None)


class SentryTransport(sentry_sdk.Transport):
    """Keeps what Sentry would send."""

    sent: list[str]

    def capture_envelope(self, envelope: Any) -> None:
        self.sent.append(envelope.serialize().decode())


@pytest.mark.parametrize("hook", [lambda event, _: event, lambda event, _: redact(event)], ids=["without", "with"])
def test_the_documented_hook_hides_the_number_from_sentry(
    hook: Any, api: NumbersApi, request: pytest.FixtureRequest
) -> None:
    SentryTransport.sent = []
    sentry_sdk.init(
        "https://key@localhost/1",
        transport=SentryTransport,
        default_integrations=False,
        integrations=[StdlibIntegration()],
        traces_sample_rate=1.0,
        before_send=hook,
        before_send_transaction=hook,
    )
    request.addfinalizer(sentry_sdk.init)  # without a DSN it sends nothing
    with sentry_sdk.start_transaction(name="transaction"):
        api.validate_number(NUMBER)
    sentry_sdk.capture_message("message")
    assert len(SentryTransport.sent) == 2
    assert (NUMBER in "".join(SentryTransport.sent)) == ("without" in request.node.name)
