"""Configuration: the environment, checks and hidden secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import time
from threading import Lock
from typing import Any

import pytest

import smscx_client
from smscx_client import ApiAttributeError, ApiClient, ApiTypeError, ApiValueError, Configuration
from smscx_client.api.numbers_api import NumbersApi
from support.scripted_server import Reply

SECRET = "s3cr3t-value"


def test_missing_options_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMSCX_HOST", "https://other.example/")
    monkeypatch.setenv("SMSCX_API_KEY", "key")
    monkeypatch.setenv("SMSCX_ACCESS_TOKEN", "token")
    configuration = Configuration()
    assert (configuration.host, configuration.api_key, configuration.access_token) == (
        "https://other.example",
        "key",
        "token",
    )


def test_without_an_environment_the_host_is_the_service_and_no_credential_is_set() -> None:
    configuration = Configuration()
    assert (configuration.host, configuration.api_key, configuration.access_token) == ("https://api.sms.cx", None, None)
    assert (configuration.timeout, configuration.retries, configuration.max_retry_delay) == ((5.0, 60.0), 2, 60.0)


@pytest.mark.parametrize(
    "given", [{"api_key": "mine"}, {"access_token": "mine"}, {"username": "app", "password": "mine"}]
)
def test_a_passed_credential_excludes_those_of_the_environment(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMSCX_API_KEY", "other account")
    monkeypatch.setenv("SMSCX_ACCESS_TOKEN", "other account")
    configuration = Configuration(**given)  # type: ignore[arg-type]
    assert "other account" not in (configuration.api_key, configuration.access_token)


def test_an_empty_variable_is_ignored() -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMSCX_API_KEY", "")
        environment.setenv("SMSCX_HOST", "")
        assert Configuration().api_key is None
        assert Configuration().host == "https://api.sms.cx"


def test_the_api_key_mapping_of_generated_clients_works() -> None:
    assert Configuration(api_key={"ApiKeyAuth": "key"}).api_key == "key"
    with pytest.raises(ApiValueError, match="ApiKeyAuth"):
        Configuration(api_key={"Other": "key"})


@pytest.mark.parametrize("option", ["api_key", "access_token", "username", "password"])
@pytest.mark.parametrize("broken", [SECRET + "\n", "\r\nX: " + SECRET, SECRET + "é", " " + SECRET, SECRET + "\0"])
def test_a_credential_that_headers_cannot_carry_is_rejected_and_not_shown(option: str, broken: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        Configuration(**{option: broken})  # type: ignore[arg-type]
    assert option in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("host", "api.sms.cx", ApiValueError),
        ("host", "ftp://api.sms.cx", ApiValueError),
        ("host", "https://user:pass@api.sms.cx", ApiValueError),
        ("host", "https://api.sms.cx:port", ApiValueError),
        ("host", "https://api.sms.cx/ x", ApiValueError),
        ("host", "https://", ApiValueError),
        ("host", 5, ApiTypeError),
        ("api_key", 5, ApiTypeError),
        ("api_key", "", ApiValueError),
        ("username", "a:b", ApiValueError),
        ("scope", 5, ApiTypeError),
        ("timeout", "5", ApiTypeError),
        ("timeout", (1, 2, 3), ApiTypeError),
        ("timeout", True, ApiTypeError),
        ("timeout", 0, ApiValueError),
        ("timeout", (5, -1), ApiValueError),
        ("timeout", float("nan"), ApiValueError),
        ("retries", True, ApiTypeError),
        ("retries", "2", ApiTypeError),
        ("retries", -1, ApiValueError),
        ("max_retry_delay", "60", ApiTypeError),
        ("max_retry_delay", float("inf"), ApiValueError),
        ("throttle", 1, ApiTypeError),
        ("verify_ssl", "no", ApiTypeError),
        ("ssl_ca_cert", "/no/such/file", ApiValueError),
        ("ssl_ca_cert", 5, ApiTypeError),
        ("assert_hostname", True, ApiTypeError),
        ("proxy", "socks5://proxy", ApiValueError),
        ("proxy", True, ApiTypeError),
        ("proxy_headers", "X: y", ApiTypeError),
        ("proxy_headers", {"X": "a\nb"}, ApiValueError),
        ("no_proxy", ["host"], ApiTypeError),
        ("connection_pool_maxsize", 0, ApiValueError),
        ("connection_pool_maxsize", 1.5, ApiTypeError),
        ("client_side_validation", None, ApiTypeError),
    ],
)
def test_an_option_is_checked_when_it_is_set(option: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=option):
        Configuration(**{option: value})  # type: ignore[arg-type]
    configuration = Configuration()
    before = getattr(configuration, option)
    with pytest.raises(error, match=option):
        setattr(configuration, option, value)
    assert getattr(configuration, option) == before


def test_options_can_be_set_later() -> None:
    configuration = Configuration()
    configuration.retries = False
    configuration.timeout = None
    configuration.api_key = "other"
    assert (configuration.retries, configuration.timeout, configuration.api_key) == (0, None, "other")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ApiAttributeError, match="api_kye"):
        Configuration().api_kye = "key"  # type: ignore[attr-defined]


def test_the_default_configuration_is_copied() -> None:
    mine = Configuration(api_key="key")
    Configuration.set_default(mine)
    mine.api_key = "changed after"
    assert Configuration.get_default_copy().api_key == "key"
    assert ApiClient().configuration.api_key == "key"
    assert NumbersApi().api_client.configuration.api_key == "key"
    Configuration.get_default_copy().api_key = "changed in a copy"
    assert Configuration.get_default_copy().api_key == "key"


def test_no_secret_shows_in_repr_or_debug_report(tmp_path: object) -> None:
    configuration = Configuration(
        api_key=SECRET,
        access_token=SECRET,
        username="app",
        password=SECRET,
        key_password=SECRET,
        proxy=f"http://user:{SECRET}@proxy.example:3128",
        proxy_headers={"Proxy-Authorization": SECRET},
    )
    for text in (repr(configuration), str(configuration), configuration.to_debug_report()):
        assert SECRET not in text
        assert "https://api.sms.cx" in text
    assert smscx_client.__version__ in configuration.to_debug_report()


def test_a_configuration_can_be_copied_and_pickled() -> None:
    configuration = Configuration(host="https://h.example", api_key="key", retries=5)
    for twin in (copy.copy(configuration), copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):
        assert (twin.host, twin.api_key, twin.retries) == ("https://h.example", "key", 5)
        twin.retries = 1
    assert configuration.retries == 5


def current_key() -> str:
    return SECRET


def test_a_function_that_returns_the_api_key_is_copied_and_pickled_without_the_key() -> None:
    configuration = Configuration(api_key=current_key)
    pickled = pickle.dumps(configuration)
    for twin in (configuration, copy.copy(configuration), copy.deepcopy(configuration), pickle.loads(pickled)):
        assert twin.api_key is current_key
        assert "current_key" not in repr(twin) + twin.to_debug_report()
        assert SECRET not in repr(twin) + twin.to_debug_report()
    assert SECRET.encode() not in pickled


def test_debug_changes_only_the_level_of_the_package_logger() -> None:
    logger = logging.getLogger("smscx_client")
    logger.setLevel(logging.WARNING)
    try:
        configuration = Configuration()
        assert logger.level == logging.WARNING
        configuration.debug = True
        assert logger.level == logging.DEBUG
        configuration.debug = False
        assert logger.level == logging.NOTSET
    finally:
        logger.setLevel(logging.NOTSET)


def test_the_default_configuration_keeps_a_hook_that_cannot_be_copied(serve: Any) -> None:
    class Metrics:
        def __init__(self) -> None:
            self.attempts: list[object] = []
            self.lock = Lock()

        def record(self, attempt: object) -> None:
            with self.lock:
                self.attempts.append(attempt)

    metrics = Metrics()
    Configuration.set_default(Configuration(serve([Reply(200)]).url, "k", on_attempt=metrics.record))
    with ApiClient() as client:
        NumbersApi(client).validate_number("1")
    assert len(metrics.attempts) == 1


def test_a_long_url_is_shown_in_linear_time() -> None:
    configuration = Configuration(proxy="http://user:planted@proxy/" + "/" * 1_000_000)
    started = time.process_time()
    assert "http://***@proxy//" in repr(configuration)
    assert time.process_time() - started < 1
