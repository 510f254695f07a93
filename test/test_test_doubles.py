"""Test doubles: tools that replace HTTP in users' tests see every request, so that no test spends money."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
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


def api(host: str = HOST) -> NumbersApi:
    return NumbersApi(ApiClient(Configuration(host, "key", retries=0, timeout=3)))


def test_vcrpy_records_and_replays(tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve([Reply(200, NUMBER)])
    cassette = str(tmp_path / "cassette.yaml")
    for mode in ("once", "none"):
        with vcr.use_cassette(cassette, record_mode=mode) as played:
            assert api(server.url).lookup_number("33612246450").data.phone_number == "+33612246450"
    assert played.play_count == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("used_before", [False, True])
def test_vcrpy_without_a_recording_sends_nothing(
    used_before: bool, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(lambda _: Reply(200, NUMBER))
    one = api(server.url)
    if used_before:
        one.validate_number("33612246450")
    with (
        vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none"),
        pytest.raises(Exception, match="cassette"),
    ):
        one.rent_number(RentNumberRequest("id", 1))
    assert len(server.requests) == used_before


def test_pook_replies_and_rejects_what_it_does_not_know() -> None:
    with pook.use():
        pook.post(f"{HOST}/numbers/rent").reply(200).json({"info": {"rentId": "r"}})
        assert api().rent_number(RentNumberRequest("id", 1)).info.rent_id == "r"
        with pytest.raises(pook.exceptions.PookNoMatches):
            api().lookup_number("33612246450")


def test_mocket_replies() -> None:
    from mocket.mocks.mockhttp import Entry

    with mocket.Mocketizer(strict_mode=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # plain http
        path = "http://api.sms.cx/numbers/validate/33612246450"
        Entry.single_register(Entry.GET, path, body=json.dumps(NUMBER), headers={"content-type": "application/json"})
        assert api("http://api.sms.cx").validate_number("33612246450").data.phone_number == "+33612246450"


def test_pytest_httpserver_replies(httpserver: Any) -> None:
    httpserver.expect_request("/numbers/validate/33612246450").respond_with_json(NUMBER)
    assert api(httpserver.url_for("").rstrip("/")).validate_number("33612246450").data.country_iso is None
