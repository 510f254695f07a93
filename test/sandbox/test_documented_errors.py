"""The sandbox can cause every error that the contract documents, and the client raises its exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiClient
from smscx_client._request import path_arguments
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.api.oauth_api import OauthApi
from smscx_client.models import RentNumberRequest
from smscx_client.sandbox import Application, Sandbox, errors
from smscx_client.sandbox.errors import DocumentedError
from smscx_client.sandbox.numbering import TEST_NUMBERS
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET
from support.contract import EXPECTED, OPERATIONS
from support.operations import DECLARED

FRENCH = "+33612246450"
UNKNOWN_ID = "68aa4d9f-ee25-4a32-95d0-7272efe3b238"
TEST_NUMBER_FOR = {result: number for number, result in TEST_NUMBERS.items()}
DOCUMENTED = {
    (error.status, error.code, error.type): error
    for error in vars(errors).values()
    if isinstance(error, DocumentedError)
}
NUMBERS_OPERATIONS = [name for name in OPERATIONS if name != "get_access_token"]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(
        applications={APPLICATION_ID: Application(APPLICATION_SECRET), "sms": Application("s", ("sms",))}
    ) as one:
        yield one


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


class UncheckedClient:
    """A client that does not validate arguments, so that invalid requests reach the sandbox."""

    def __init__(self, sandbox: Sandbox, **login: str) -> None:
        self.sandbox = sandbox
        self.client = ApiClient(sandbox.configuration(retries=0, client_side_validation=False, **login))
        self.api: Any = NumbersApi(self.client)

    def rent(self, **options: Any) -> str:
        offer = self.api.get_available_numbers("FR", registration=False).data[0]
        return self.api.rent_number(RentNumberRequest(offer.number_id, 7, **options)).info.rent_id

    def call(self, name: str) -> Any:
        """Call an operation with some arguments."""
        body = DECLARED[name].body is not None
        return getattr(self.api, name)(*([UNKNOWN_ID] * len(path_arguments(DECLARED[name]))), *([{}] if body else []))


@pytest.fixture
def unchecked(sandbox: Sandbox) -> Iterator[UncheckedClient]:
    unchecked = UncheckedClient(sandbox)
    yield unchecked
    unchecked.client.close()


def cause(unchecked: UncheckedClient, name: str, code: int) -> None:
    """Call the operation so that it gets the error."""
    call, sandbox = getattr(unchecked.api, name), unchecked.sandbox
    bodies = {
        1203: {"phoneNumbers": []},
        1205: {"phoneNumbers": [FRENCH] * 40_001},
        1208: {"phoneNumbers": FRENCH},
        1209: {"phoneNumbers": [FRENCH], "lookupCallbackUrl": "not a URL"},
        1216: {"phoneNumbers": ["not a number"]},
        1222: {"numberId": "abc", "rentPeriod": 1},
        1224: {"numberId": UNKNOWN_ID, "rentPeriod": 2},
        1225: {"numberId": UNKNOWN_ID, "rentPeriod": 1, "autoRenew": "yes"},
        1226: {"numberId": UNKNOWN_ID, "rentPeriod": 1, "callbackUrl": "not a URL"},
        1230: {"numberId": UNKNOWN_ID, "rentPeriod": 1},
        1234: {"numberId": UNKNOWN_ID, "rentPeriod": 1, "registrationId": "abc"},
    }
    invalid_ids, unknown_ids = (1207, 1217, 1218, 1221, 2003), (1219, 1220, 1223)
    if code in invalid_ids or code in unknown_ids:
        body = [{"autoRenew": True}] if DECLARED[name].body else []
        call(UNKNOWN_ID if code in unknown_ids else "abc", *body)
    elif code in (1113, 1114, 1212, 1214):
        cause_by_number(unchecked, name, code)
    elif code in bodies and name in ("renew_rent", "edit_rent_settings"):
        call(unchecked.rent(), bodies[code])
    elif code in bodies:
        call(bodies[code])
    elif code == 1233:
        call(unchecked.rent(), {})
    else:
        cause_by_state(unchecked, name, code)
    assert sandbox.requests


def cause_by_number(unchecked: UncheckedClient, name: str, code: int) -> None:
    """Cause an error that depends on the credit or on the number."""
    number = FRENCH
    if code != 1113:
        number = TEST_NUMBER_FOR[{1114: "credit limit", 1212: "invalid parameters", 1214: "no coverage"}[code]]
    rent_id = unchecked.rent() if name == "renew_rent" else ""
    offer = unchecked.api.get_available_numbers("FR").data[0]
    if code == 1113:
        unchecked.sandbox.credit = 0
    arguments = {
        "lookup_number": (number,),
        "lookup_numbers": ({"phoneNumbers": [number]},),
        "rent_number": ({"numberId": offer.number_id, "rentPeriod": 7},),
        "renew_rent": (rent_id, {}),
    }
    getattr(unchecked.api, name)(*arguments[name])


def cause_by_state(unchecked: UncheckedClient, name: str, code: int) -> None:
    """Cause an error that depends on earlier calls."""
    rent_id, sandbox, api = unchecked.rent(), unchecked.sandbox, unchecked.api
    rented = api.get_rent_status(rent_id).info.number_id
    weekly = next(offer for offer in api.get_available_numbers("RO").data if offer.min_rent == 7)
    if code == 1229 and name == "rent_number":
        api.rent_number({"numberId": weekly.number_id, "rentPeriod": 1})
    elif code == 1229:
        other = api.rent_number({"numberId": weekly.number_id, "rentPeriod": 7}).info.rent_id
        api.renew_rent(other, {"rentPeriod": 1})
    elif code == 1231:
        api.rent_number({"numberId": rented, "rentPeriod": 7})
    elif code == 1228:
        sandbox.advance(days=8)
        api.renew_rent(rent_id, {})
    elif code == 1232:
        sandbox.receive_sms(rent_id, FRENCH, "hello")
        api.cancel_rent(rent_id)
    elif code == 1227:
        sandbox.advance(minutes=31)
        api.cancel_rent(rent_id)


CASES = [(name, *error[:3]) for name in NUMBERS_OPERATIONS for error in OPERATIONS[name][2]["x-errors"]]


@pytest.mark.parametrize(("name", "status", "code", "error_type"), CASES)
def test_every_documented_error_can_be_caused(
    unchecked: UncheckedClient, name: str, status: int, code: int, error_type: str
) -> None:
    with pytest.raises(smscx_client.ApiException) as caught:
        cause(unchecked, name, code)
    exception = caught.value
    documented = next(error for error in DOCUMENTED.values() if (error.status, error.code) == (status, code))
    expected = EXPECTED.get((status, code)) or EXPECTED.get((status, error_type)) or EXPECTED[status]
    assert (type(exception).__name__, exception.operation) == (expected, name)
    assert (exception.status, exception.error_code, exception.message) == (status, code, documented.message)
    assert exception.error_type == documented.type


TOKEN_CASES = [
    ({"grant_type": None}, errors.GRANT_TYPE_MISSING),
    ({"grant_type": "password"}, errors.UNSUPPORTED_GRANT_TYPE),
    ({"scope": "everything"}, errors.INVALID_SCOPE),
]


@pytest.mark.parametrize(("arguments", "documented"), TOKEN_CASES)
def test_every_documented_error_of_the_token_endpoint_can_be_caused(
    sandbox: Sandbox, arguments: Any, documented: DocumentedError
) -> None:
    unchecked = UncheckedClient(sandbox, username=APPLICATION_ID, password=APPLICATION_SECRET)
    with unchecked.client, pytest.raises(smscx_client.ApiException) as caught:
        OauthApi(unchecked.client).get_access_token(**arguments)
    assert (caught.value.status, caught.value.error_type, caught.value.message) == (
        documented.status,
        documented.type,
        documented.message,
    )


def test_the_token_endpoint_rejects_a_wrong_application_secret(sandbox: Sandbox) -> None:
    unchecked = UncheckedClient(sandbox, username=APPLICATION_ID, password="wrong")
    with unchecked.client, pytest.raises(smscx_client.InvalidCredentialsException) as caught:
        OauthApi(unchecked.client).get_access_token()
    assert (caught.value.error_code, caught.value.error_type) == (1600, "invalid_client")


@pytest.mark.parametrize("name", NUMBERS_OPERATIONS)
def test_every_operation_can_meet_the_general_errors(unchecked: UncheckedClient, sandbox: Sandbox, name: str) -> None:
    for status in (405, 500):
        sandbox.fail_next(status=status)
        with pytest.raises(smscx_client.ApiException) as caught:
            unchecked.call(name)
        assert type(caught.value).__name__ == EXPECTED[status]
    sandbox.rate_limit(0)
    with pytest.raises(smscx_client.RateLimitExceededException) as limited:
        unchecked.call(name)
    assert limited.value.retry_after is not None
    for login, error in (
        ({"api_key": "wrong"}, smscx_client.InvalidCredentialsException),
        ({"access_token": "wrong"}, smscx_client.InvalidCredentialsException),
        ({"username": "sms", "password": "s"}, smscx_client.InsufficientScopeException),
    ):
        other = UncheckedClient(sandbox, **login)
        with other.client, pytest.raises(error):
            other.call(name)
