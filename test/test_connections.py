"""Connections: each call gets its own response, whatever else the service sends."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiConnectionException, ApiException
from smscx_client.api.numbers_api import NumbersApi
from support.scripted_server import Reply, ScriptedServer

Serve = Callable[..., ScriptedServer]
Connect = Callable[..., NumbersApi]
LIMIT = 1_000_000
INTERRUPTED_CALLS = """
import queue, sys, threading
from urllib3 import connectionpool
from smscx_client import ApiClient, Configuration, NumbersApi
from smscx_client._transport import connection

FILES = {module.__file__ for module in (queue, threading, connectionpool, connection)}

def interrupt(frame, event, _):
    global left
    if frame.f_code.co_filename in FILES and event != "call":
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
    return interrupt

position, left = 0, 0
while left <= 0:
    position += 1
    left = position
    with ApiClient(Configuration(sys.argv[1], api_key="k")) as client:
        sys.settrace(interrupt)
        try:
            NumbersApi(client).lookup_number("1")
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
print(position)
"""
"""A program that interrupts a call at the first line of the pool, another call at the second line, and so on."""


def number(text: str) -> dict[str, Any]:
    return {"data": {"phoneNumber": text}}


def interim(status: int, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} Interim\r\n{headers}\r\n".encode()


@pytest.mark.parametrize(
    "before",
    [
        interim(100),
        interim(102),
        interim(103, "Link: </style.css>; rel=preload\r\nX-Request-Id: interim\r\n"),
        interim(150),
        interim(199),
        interim(100) + interim(103, "Link: a\r\n") + interim(102),
        interim(103) * 100,
    ],
    ids=["100", "102", "103", "150", "199", "mixed", "a hundred"],
)
def test_interim_responses_are_skipped(before: bytes, serve: Serve, connect: Connect) -> None:
    api = connect(serve([Reply(200, number("+1"), before=before), Reply(200, number("+2"))]))
    assert api.lookup_number("1").data.phone_number == "+1"
    assert api.lookup_number("2").data.phone_number == "+2"


@pytest.mark.parametrize("before", [interim(101), interim(103) * 101], ids=["101", "a hundred and one"])
def test_a_protocol_switch_and_endless_interim_responses_are_errors(
    before: bytes, serve: Serve, connect: Connect
) -> None:
    api = connect(serve([Reply(200, number("+1"), before=before), Reply(200, number("+2"))]))
    with pytest.raises(ApiConnectionException) as caught:
        api.lookup_number("1")
    assert caught.value.outcome_unknown is True
    assert api.lookup_number("2").data.phone_number == "+2"


@pytest.mark.parametrize("body", [number("+1"), {}], ids=["body", "empty object"])
@pytest.mark.parametrize("after", [Reply(200, number("+666")).to_bytes(), b"x", b"\r\n"], ids=["response", "x", "line"])
@pytest.mark.parametrize("stream", [False, True])
def test_bytes_after_a_response_are_never_taken_for_the_next_response(
    body: dict[str, Any], after: bytes, stream: bool, serve: Serve, connect: Connect
) -> None:
    server = serve([Reply(200, body, after=after), Reply(200, number("+2"))])
    api = connect(server)
    if stream:
        api.lookup_number("1", _preload_content=False).read()
    else:
        api.lookup_number("1")
    assert api.lookup_number("2").data.phone_number == "+2"
    assert server.connections == 2


def test_a_clean_connection_is_reused(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: Reply(200, number("+1")))
    api = connect(server)
    for _ in range(5):
        api.lookup_number("1")
    assert server.connections == 1


def bomb(encoding: str) -> bytes:
    body = b'{"data": "' + b" " * (20 * LIMIT) + b'"}'
    for name in encoding.split(", "):
        body = gzip.compress(body) if name == "gzip" else zlib.compress(body)
    return body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "deflate, gzip"])
def test_a_decompression_bomb_ends_at_the_limit(encoding: str, serve: Serve, connect: Connect) -> None:
    server = serve([Reply(200, bomb(encoding), {"Content-Encoding": encoding}), Reply(200, number("+2"))])
    api = connect(server, max_response_size=LIMIT, retries=2)
    with pytest.raises(ApiException, match=r"larger than max_response_size \(1,000,000 bytes\)") as caught:
        api.lookup_number("1")
    assert caught.value.outcome_unknown is True
    assert api.lookup_number("2").data.phone_number == "+2"


def test_a_large_body_ends_at_the_limit_with_or_without_a_length(serve: Serve, connect: Connect) -> None:
    large = b" " * (LIMIT + 100_000)
    chunks = (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 20
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + large
    for before, body in ((b"", large), (chunked, b""), (endless, b"")):
        api = connect(serve([Reply(200, body, before=before)]), max_response_size=LIMIT)
        with pytest.raises(ApiException) as caught:
            api.validate_number("1")
        assert caught.value.outcome_unknown is False


@pytest.mark.parametrize("size", [b"-1", b"-5"])
def test_a_negative_chunk_size_is_an_error_and_not_a_read_without_limit(
    size: bytes, serve: Serve, connect: Connect
) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n"
    api = connect(serve([Reply(200, b" " * (LIMIT + 100_000), before=chunked)]), max_response_size=LIMIT)
    with pytest.raises(ApiConnectionException, match="0 bytes read") as caught:
        api.lookup_number("1")
    assert caught.value.outcome_unknown is True


@pytest.mark.parametrize("size", [b"1000000", b"f" * 20], ids=["16 MiB", "more than memory"])
def test_a_chunked_body_with_a_length_ends_at_the_limit(size: bytes, serve: Serve, connect: Connect) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n"
    api = connect(serve([Reply(200, b" " * 0x1000000, before=head)]), max_response_size=LIMIT)
    with pytest.raises(ApiConnectionException, match="larger than max_response_size") as caught:
        api.lookup_number("1")
    assert caught.value.outcome_unknown is True


def test_a_body_of_exactly_the_limit_is_read(serve: Serve, connect: Connect) -> None:
    body = b'{"data": {}}'.ljust(LIMIT)
    packed = Reply(200, gzip.compress(body), {"Content-Encoding": "gzip"})
    api = connect(serve([Reply(200, body), packed]), max_response_size=LIMIT)
    api.validate_number("1")
    api.validate_number("1")


def test_an_error_status_is_not_hidden_by_a_body_that_is_too_large(serve: Serve, connect: Connect) -> None:
    api = connect(serve([Reply(404, b" " * (LIMIT + 1))]), max_response_size=LIMIT)
    with pytest.raises(smscx_client.ResourceNotFoundException):
        api.get_rent_status("id")


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "x"])
def test_an_encoding_that_was_not_asked_for_is_rejected(encoding: str, serve: Serve, connect: Connect) -> None:
    api = connect(serve([Reply(200, b"{}", {"Content-Encoding": encoding})]))
    with pytest.raises(ApiException, match="content encoding") as caught:
        api.lookup_number("1")
    assert caught.value.outcome_unknown is True


def test_a_call_interrupted_at_any_line_of_the_pool_leaves_a_client_that_closes(serve: Serve) -> None:
    server = serve(lambda _: Reply(200, number("+1")))
    program = [sys.executable, "-c", INTERRUPTED_CALLS, server.url]
    ran = subprocess.run(program, check=True, stdout=subprocess.PIPE, timeout=120)
    assert int(ran.stdout) > 20
