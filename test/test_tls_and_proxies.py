"""TLS and proxies, against a real server with its own certificate authority and a real proxy."""

from __future__ import annotations

import base64
import pickle
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from urllib3.util.connection import create_connection

from smscx_client import ApiClient, ApiConnectionException, ApiTimeoutException, ApiValueError, Configuration
from smscx_client.api.numbers_api import NumbersApi
from support.raw_server import raw_server
from support.scripted_server import Reply, Request, ScriptedServer

TLS_RECORD = 16_384
"""Most bytes in a record."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def answer(_: Request) -> Reply:
    return Reply(200, {"data": {}})


def tls_server(authority: trustme.CA, name: str = "localhost", client_ca: str | None = None) -> ScriptedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return ScriptedServer(answer, tls=context)


def validate(host: str, **options: Any) -> None:
    with ApiClient(Configuration(host, "k", **options)) as client:
        NumbersApi(client).validate_number("33612424105")


def test_a_certificate_of_a_trusted_authority_is_accepted(authority: trustme.CA, ca_file: str) -> None:
    with tls_server(authority) as server:
        validate(server.url, ssl_ca_cert=ca_file)
        assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["localhost", "other.example"])
def test_a_wrong_certificate_raises_one_clear_exception(authority: trustme.CA, ca_file: str, name: str) -> None:
    trusted = {"ssl_ca_cert": ca_file} if name == "other.example" else {}
    with tls_server(authority, name) as server, pytest.raises(ApiConnectionException, match="certificate") as caught:
        validate(server.url, **trusted)
    assert (caught.value.attempts, caught.value.outcome_unknown) == (1, False)
    assert server.connections == 1
    assert server.requests == []


def test_assert_hostname_is_the_name_that_the_certificate_must_have(authority: trustme.CA, ca_file: str) -> None:
    with tls_server(authority, "other.example") as server:
        validate(server.url, ssl_ca_cert=ca_file, assert_hostname="other.example")
        validate(server.url, ssl_ca_cert=ca_file, assert_hostname=False)
        assert len(server.requests) == 2


def test_verification_can_be_turned_off_and_urllib3_warns(authority: trustme.CA) -> None:
    with tls_server(authority) as server, pytest.warns(Warning, match="Unverified HTTPS request"):
        validate(server.url, verify_ssl=False)


def test_a_client_certificate_is_sent_if_the_service_requests_it(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    mine = authority.issue_cert("client.example")
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    with tls_server(authority, client_ca=ca_file) as server:
        certificate = {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}
        validate(server.url, ssl_ca_cert=ca_file, **certificate)
        assert len(server.requests) == 1
        with pytest.raises(ApiConnectionException):
            validate(server.url, ssl_ca_cert=ca_file, retries=0)


def test_a_failed_handshake_means_that_nothing_was_sent() -> None:
    for fault in (b"", b"this is no TLS"):
        with raw_server(partial(_greet, fault)) as port:
            with ApiClient(Configuration(f"https://localhost:{port}", "k", retries=0)) as client:
                with pytest.raises(ApiConnectionException) as caught:
                    NumbersApi(client).lookup_number("1")
        assert caught.value.outcome_unknown is False


def _greet(greeting: bytes, connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(greeting)


class Proxy:
    """A forward proxy: absolute URLs and CONNECT, with a password and over TLS if these are given."""

    def __init__(self, login: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._login = login and "Basic " + base64.b64encode(login.encode()).decode()
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"https://localhost:{self._listener.getsockname()[1]}" if tls else f"http://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._tls:
            client = self._tls.wrap_socket(client, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        first, _, rest = head.partition(b"\r\n")
        method, target, _ = first.decode().split()
        self.requests.append(f"{method} {target}")
        if self._login and f"proxy-authorization: {self._login}".lower() not in head.decode("latin-1").lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            client.close()
            return
        address = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = address.rpartition(":")
        server = socket.create_connection((host, int(port)))
        if method == "CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = "/" + target.split("/", 3)[3]
            server.sendall(f"{method} {path} HTTP/1.1\r\n".encode() + rest)
        threading.Thread(target=_copy, args=(server, client, 0.05), daemon=True).start()
        _copy(client, server)


def _copy(source: socket.socket, sink: socket.socket, delay: float = 0) -> None:
    try:
        while data := source.recv(65536, socket.MSG_PEEK if delay else 0):
            if delay:  # so that what is sent at once arrives at once
                time.sleep(delay)
                data = source.recv(65536)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)  # close() does not end a connection from which another thread is reading
    except OSError:
        pass  # one side is gone, and so is the other then
    sink.close()


@pytest.fixture
def plain() -> Iterator[ScriptedServer]:
    with ScriptedServer(answer) as server:
        yield server


def test_plain_http_goes_through_the_proxy(plain: ScriptedServer) -> None:
    with Proxy() as proxy:
        validate(plain.url, proxy=proxy.url)
        assert proxy.requests == [f"GET {plain.url}/numbers/validate/33612424105"]
        assert plain.requests[0].headers["host"] == plain.url.partition("//")[2]


def test_https_uses_a_tunnel_and_the_proxy_does_not_see_the_credential(authority: trustme.CA, ca_file: str) -> None:
    with tls_server(authority) as server, Proxy() as proxy:
        validate(server.url, proxy=proxy.url, ssl_ca_cert=ca_file)
        assert proxy.requests == [f"CONNECT localhost:{server.port}"]
        assert server.requests[0].headers["x-api-key"] == "k"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_may_require_a_password(
    scheme: str, authority: trustme.CA, ca_file: str, plain: ScriptedServer
) -> None:
    with tls_server(authority) as tls, Proxy("user:p@ss") as proxy:
        server, trust = (tls, {"ssl_ca_cert": ca_file}) if scheme == "https" else (plain, {})
        validate(server.url, proxy=f"http://user:p%40ss@{proxy.address}", **trust)
        assert "proxy-authorization" not in server.requests[0].headers or scheme == "http"
        header = {"Proxy-Authorization": "Basic " + base64.b64encode(b"user:p@ss").decode()}
        validate(server.url, proxy=proxy.url, proxy_headers=header, **trust)
        assert len(server.requests) == 2


def test_a_rejecting_proxy_is_not_retried_and_the_password_is_hidden(authority: trustme.CA, ca_file: str) -> None:
    with tls_server(authority) as server, Proxy("user:right") as proxy:
        with pytest.raises(ApiConnectionException, match="407") as caught:
            validate(server.url, proxy=f"http://user:wr0ng@{proxy.address}", ssl_ca_cert=ca_file)
        assert len(proxy.requests) == caught.value.attempts == 1
        assert caught.value.outcome_unknown is False
        assert (
            "wr0ng" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {pickle.dumps(caught.value)!r}"
        )
        assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_breaks_behind_a_proxy_has_an_unknown_outcome(
    scheme: str, authority: trustme.CA, ca_file: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    tls, trust = (context, {"ssl_ca_cert": ca_file}) if scheme == "https" else (None, {})
    with ScriptedServer(lambda _: Reply(fault="close"), tls=tls) as server, Proxy() as proxy:
        with ApiClient(Configuration(server.url, "k", proxy=proxy.url, retries=2, **trust)) as client:
            with pytest.raises(ApiConnectionException) as caught:
                NumbersApi(client).lookup_number("1")
            assert (caught.value.outcome_unknown, caught.value.attempts, len(server.requests)) == (True, 1, 1)
            with pytest.raises(ApiConnectionException) as caught:
                NumbersApi(client).validate_number("1", _retries=1)
            assert (caught.value.attempts, len(server.requests)) == (2, 3)


@pytest.mark.parametrize("reply", [b"garbage\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n", b"HTTP/1.1 103 X\r\n\r\n" * 101])
def test_a_malformed_response_of_a_proxy_means_that_nothing_was_sent(reply: bytes) -> None:
    with raw_server(partial(_greet, reply)) as port:
        proxy = f"http://127.0.0.1:{port}"
        with ApiClient(Configuration("https://localhost:1", "k", proxy=proxy, retries=0)) as client:
            with pytest.raises(ApiConnectionException) as caught:
                NumbersApi(client).lookup_number("1")
    assert caught.value.outcome_unknown is False


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_may_have_an_ipv6_address(scheme: str) -> None:
    with ApiClient(Configuration(f"{scheme}://localhost:1", "k", proxy="http://[::1]:1", retries=0)) as client:
        with pytest.raises(ApiConnectionException, match="refused|assign|unreachable"):
            NumbersApi(client).lookup_number("1")


@pytest.mark.parametrize("options", [{"ssl_ca_cert": __file__}, {"assert_hostname": "other.example"}])
def test_wrong_tls_settings_mean_that_nothing_was_sent(
    options: dict[str, Any], authority: trustme.CA, ca_file: str
) -> None:
    with tls_server(authority) as server:
        with ApiClient(Configuration(server.url, "k", **{"ssl_ca_cert": ca_file, **options})) as client:
            with pytest.raises(ApiConnectionException) as caught:
                NumbersApi(client).lookup_number("1")
        assert (caught.value.outcome_unknown, caught.value.attempts) == (False, 1)
        assert server.requests == []


def test_bytes_after_a_response_are_not_reused_in_the_tls_of_a_tls_proxy(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    body = {"data": {"phoneNumber": "+1"}, "padding": ""}
    body["padding"] = " " * (TLS_RECORD - len(Reply(200, body, {"Content-Length": "99999"}).to_bytes()))
    replies = [
        Reply(200, body, after=Reply(200, {"data": {"phoneNumber": "+666"}}).to_bytes()),
        Reply(200, {"data": {"phoneNumber": "+2"}}),
    ]
    with ScriptedServer(replies, tls=context) as server, Proxy(tls=context) as proxy:
        with ApiClient(Configuration(server.url, "k", proxy=proxy.url, ssl_ca_cert=ca_file)) as client:
            assert NumbersApi(client).lookup_number("1").data.phone_number == "+1"
            assert NumbersApi(client).lookup_number("2").data.phone_number == "+2"


def test_a_slow_handshake_through_a_tls_proxy_ends_in_time(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with raw_server(_drip) as port, Proxy(tls=context) as proxy:
        configuration = Configuration(
            f"https://localhost:{port}", "k", proxy=proxy.url, ssl_ca_cert=ca_file, total_timeout=0.5
        )
        started = time.monotonic()
        with ApiClient(configuration) as client, pytest.raises(ApiTimeoutException) as caught:
            NumbersApi(client).lookup_number("1")
        assert time.monotonic() - started < 1.5
        assert caught.value.outcome_unknown is False


def _drip(connection: socket.socket) -> None:
    with suppress(OSError):  # the client is gone
        for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 25:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)


def test_a_slow_connection_takes_time_from_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect_slowly(*arguments: Any) -> socket.socket:
        time.sleep(0.8)
        return create_connection(*arguments)

    monkeypatch.setattr("smscx_client._transport.connection.create_connection", connect_slowly)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configuration = Configuration(f"https://localhost:{silent.getsockname()[1]}", "k", total_timeout=1)
        started = time.monotonic()
        with ApiClient(configuration) as client, pytest.raises(ApiTimeoutException):
            NumbersApi(client).lookup_number("1", _retries=0)
        assert time.monotonic() - started < 1.5


def test_an_unreachable_proxy_means_that_nothing_was_sent() -> None:
    with ApiClient(Configuration("https://localhost:1", "k", proxy="http://127.0.0.1:1", retries=0)) as client:
        with pytest.raises(ApiConnectionException) as caught:
            NumbersApi(client).lookup_number("1")
    assert caught.value.outcome_unknown is False


def test_the_proxy_is_read_from_the_environment(plain: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        validate(plain.url)
        assert len(proxy.requests) == 1
        validate(plain.url, proxy=False)
        validate(plain.url, no_proxy="127.0.0.1,other.example")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        validate(plain.url)
        assert len(proxy.requests) == 1
        validate(plain.url, no_proxy="")
        assert len(proxy.requests) == 2


def test_nothing_warns_on_a_verified_connection(authority: trustme.CA, ca_file: str) -> None:
    with tls_server(authority) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        validate(server.url, ssl_ca_cert=ca_file)


MALFORMED_PROXIES = [
    "socks5://user:planted@proxy:1080",
    "socks5h://user:planted@proxy",
    "ftp://user:planted@proxy",
    "http://user:planted/word@proxy:3128",
    "http://user:12#planted@proxy:3128",
    "http://user:12?planted@proxy:3128",
    "http://user:planted@proxy:port",
    "http://user:planted@[::1",
    "http://user:planted@",
    "http://user:pla nted@proxy",
    "http://user:planted\u2100@proxy",
    "://user:planted@proxy",
]


@pytest.mark.parametrize("proxy", MALFORMED_PROXIES)
def test_a_malformed_proxy_is_rejected_early_without_its_password(
    proxy: str, plain: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ApiValueError, match="proxy must be a URL") as caught:
        Configuration(plain.url, "k", proxy=proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    with ApiClient(Configuration(plain.url, "k")) as client:
        with pytest.raises(ApiValueError, match="HTTP_PROXY must be a URL") as from_environment:
            NumbersApi(client).lookup_number("1")
        report = client.configuration.to_debug_report() + repr(client.configuration)
    for text in (str(caught.value), str(from_environment.value), report):
        assert not any(part in text for part in ("planted", "nted", "user:12"))
    assert plain.requests == []


@pytest.mark.parametrize("login", ["user:planted@", "user:pl%2Fanted@", "user:pl%40nted@"])
def test_the_password_of_a_valid_proxy_is_masked_everywhere(login: str) -> None:
    configuration = Configuration("http://127.0.0.1:1", "k", proxy=f"http://{login}127.0.0.1:1", retries=0)
    with ApiClient(configuration) as client, pytest.raises(ApiConnectionException) as caught:
        NumbersApi(client).lookup_number("1")
    for text in (repr(configuration), configuration.to_debug_report(), str(caught.value), repr(caught.value)):
        assert "nted" not in text
        assert "user:" not in text


def test_a_proxy_of_the_environment_needs_no_scheme(plain: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removeprefix("http://"))
        monkeypatch.setenv("http_proxy", proxy.url.removeprefix("http://"))
        validate(plain.url)
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://no-such-host.invalid", "http://a..b"]
)
def test_a_failure_to_connect_says_what_was_tried_without_internals(host: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # plain http
        with ApiClient(Configuration(host, "k", retries=0)) as client, pytest.raises(ApiConnectionException) as caught:
            NumbersApi(client).lookup_number("1")
    first_line = str(caught.value).splitlines()[0]
    address = host.partition("//")[2]
    assert first_line.startswith(f"lookup_number: could not connect to {address}")
    assert not any(word in first_line for word in ("object", "Pool", "Connection(", "0x", "Errno"))
