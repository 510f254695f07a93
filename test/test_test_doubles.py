"""Test doubles: tools that replace HTTP in users' tests see every request, so that no test spends money."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import mocket
import pook
import pytest
import vcr

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import RentNumberRequest
from support.scripted_server import Reply, ScriptedServer

NUMBER = {"data": {"phoneNumber": "+33612246450"}}
HOST = "https://api.sms.cx"


@contextmanager
def api(host: str = HOST) -> Iterator[NumbersApi]:
    with ApiClient(Configuration(host, "key", retries=0, timeout=3)) as client:
        yield NumbersApi(client)


@contextmanager
def used(one: NumbersApi) -> Iterator[None]:
    one.validate_number("33612246450")
    yield


def test_vcrpy_records_and_replays(tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve([Reply(200, NUMBER)])
    cassette = str(tmp_path / "cassette.yaml")
    for mode in ("once", "none"):
        with vcr.use_cassette(cassette, record_mode=mode) as played, api(server.url) as one:
            assert one.lookup_number("33612246450").data.phone_number == "+33612246450"
    assert played.play_count == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("used_before", [False, True])
def test_vcrpy_without_a_recording_sends_nothing(
    used_before: bool, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(lambda _: Reply(200, NUMBER))
    with (
        api(server.url) as one,
        used(one) if used_before else nullcontext(),
        vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none"),
        pytest.raises(Exception, match="cassette"),
    ):
        one.rent_number(RentNumberRequest("id", 1))
    assert len(server.requests) == used_before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # vcrpy does not close the connection that it replaces
        gc.collect()


def test_pook_replies_and_rejects_what_it_does_not_know() -> None:
    with pook.use(), api() as one:
        pook.post(f"{HOST}/numbers/rent").reply(200).json({"info": {"rentId": "r"}})
        assert one.rent_number(RentNumberRequest("id", 1)).info.rent_id == "r"
        with pytest.raises(pook.exceptions.PookNoMatches):
            one.lookup_number("33612246450")


def test_mocket_replies() -> None:
    from mocket.mocks.mockhttp import Entry

    with mocket.Mocketizer(strict_mode=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # plain http
        path = "http://api.sms.cx/numbers/validate/33612246450"
        Entry.single_register(Entry.GET, path, body=json.dumps(NUMBER), headers={"content-type": "application/json"})
        with api("http://api.sms.cx") as one:
            assert one.validate_number("33612246450").data.phone_number == "+33612246450"


def test_pytest_httpserver_replies(httpserver: Any) -> None:
    httpserver.expect_request("/numbers/validate/33612246450").respond_with_json(NUMBER)
    with api(httpserver.url_for("").rstrip("/")) as one:
        assert one.validate_number("33612246450").data.country_iso is None
