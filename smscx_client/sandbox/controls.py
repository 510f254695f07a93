"""Controls of an account: what tests and the page do to it, in Python and over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from difflib import ndiff
from inspect import signature
from reprlib import repr as brief
from threading import Condition, RLock
from typing import Any

from smscx_client.configuration import Configuration
from smscx_client.sandbox import errors
from smscx_client.sandbox.account import RATE_LIMIT_WINDOW, Account, AccountOptions
from smscx_client.sandbox.credentials import Application
from smscx_client.sandbox.faults import DROPS, Drop, Fault, find_error
from smscx_client.sandbox.ledger import LedgerEntry
from smscx_client.sandbox.rate_limit import RateLimit
from smscx_client.sandbox.requests import RecordedRequest
from smscx_client.sandbox.responses import ApiVersion
from smscx_client.sandbox.routes import operations_of
from smscx_client.sandbox.webhooks import Delivery, Dispatcher

MAX_CREDIT, MAX_LIMIT, MAX_TIMES, MAX_TEXT = 1e9, 10**9, 1_000_000, 10_000
MAX_DELAY, MAX_DAYS, MAX_SNAPSHOTS = 3600.0, 3660, 16
API_VERSIONS = ("2022-10", "2023-02")


class SandboxAccount:
    """An account of a sandbox, with an API key, a clock, a ledger, requests and failures of its own.

    Args:
        options: What the account starts with.
        url: URL that the sandbox listens on.
        external: Whether to post webhooks to receivers that are not on loopback.
        forget: Removes the account from its sandbox.

    Attributes:
        url: URL that the sandbox listens on.
        api_key: First of the API keys.
        api_version: API version of the account.
        application_id: ID of the first application, or an empty string if there is none.
        application_secret: Secret of that application.
    """

    def __init__(
        self, options: AccountOptions, url: str, external: bool, forget: Callable[[SandboxAccount], None]
    ) -> None:
        if options.api_version not in API_VERSIONS:
            raise ValueError(f"api_version must be {' or '.join(API_VERSIONS)}, not {brief(options.api_version)}")
        _number("credit", options.credit, 0, MAX_CREDIT)
        _integer("rate_limit", options.rate_limit, 0, MAX_LIMIT)
        self.url: str = url
        self.api_version: ApiVersion = options.api_version
        self.api_key: str = options.api_keys[0]
        identifier, application = next(iter(options.applications.items()), ("", Application("")))
        self.application_id: str = identifier
        self.application_secret: str = application.secret
        self._options = options
        self._forget = forget
        self._lock = Condition(RLock())
        self._account = Account(options)
        # Webhooks contain nothing that depends on the clock, so one serializer serves all states of the account.
        self._dispatcher = Dispatcher(self._lock, external, self._account.serializer.webhook)
        self._snapshots: dict[str, tuple[datetime, Account]] = {}
        self._taken_snapshots = 0

    @contextmanager
    def locked(self) -> Generator[Account]:
        """Lock the state of the account, after everything that is due has been processed in its order."""
        with self._lock:
            account = self._account
            account.clock.run_due()
            try:
                yield account
            finally:
                if account.webhooks.queues:
                    self._dispatcher.start(account.webhooks)

    def owns(self, credential: str) -> bool:
        """Return whether a credential belongs to the account."""
        return credential in self._account.credentials

    def process_due(self) -> None:
        """Process what is due."""
        if self._account.clock.is_due():
            with self.locked():
                pass

    def configuration(self, **options: object) -> Configuration:
        """Return a configuration for this account; ``options`` are those of :class:`~smscx_client.Configuration`."""
        configuration = Configuration(self.url, self.api_key, proxy=False, allow_paid_calls=True)
        if options.keys() & {"access_token", "username"}:
            configuration.api_key = None
        for name, value in options.items():
            setattr(configuration, name, value)
        return configuration

    # ---- state

    @property
    def credit(self) -> float:
        """Credit of the account, in its currency. You can set it."""
        with self.locked() as account:
            return account.ledger.credit

    @credit.setter
    def credit(self, credit: float) -> None:
        credit = _number("credit", credit, 0, MAX_CREDIT)
        with self.locked() as account:
            account.ledger.set_credit(credit)

    @property
    def now(self) -> datetime:
        """Time of the account's clock."""
        with self.locked() as account:
            return account.clock.now()

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last 1,000 requests, oldest first, with credentials masked."""
        with self.locked() as account:
            return list(account.requests.items)

    @property
    def ledger(self) -> list[LedgerEntry]:
        """Changes of the credit, oldest first."""
        with self.locked() as account:
            return list(account.ledger.entries)

    @property
    def deliveries(self) -> list[Delivery]:
        """The last 1,000 attempts to deliver a webhook, oldest first."""
        with self.locked() as account:
            return list(account.webhooks.deliveries.items)

    def reset(self) -> None:
        """Replace the account with a fresh one: starting credit, no rentals, no lookups, no faults, no deliveries."""
        self._replace(Account(self._options))

    def snapshot(self) -> str:
        """Keep the state of the account, and return the name of the snapshot. The last 16 snapshots are kept."""
        with self.locked() as account:
            self._taken_snapshots += 1
            name = f"snapshot-{self._taken_snapshots}"
            self._snapshots[name] = account.clock.exact(), deepcopy(account)
            self._snapshots.pop(f"snapshot-{self._taken_snapshots - MAX_SNAPSHOTS}", None)
        return name

    def restore(self, snapshot: str | None = None) -> None:
        """Return the account, and its clock, to a snapshot; by default to the last one.

        Raises:
            ValueError: There is no such snapshot.
        """
        name = f"snapshot-{self._taken_snapshots}" if snapshot is None else _text("snapshot", snapshot)
        with self._lock:
            if name not in self._snapshots:
                raise ValueError(f"there is no {name}" if self._snapshots else "there is no snapshot")
            moment, account = deepcopy(self._snapshots[name])
            account.clock.set(moment)
            self._replace(account)

    def close(self) -> None:
        """Remove the account from the sandbox."""
        self._forget(self)
        with self._lock:
            self._dispatcher.closed = True
            self._dispatcher.stop()
            self._account.webhooks.forget()

    def _replace(self, account: Account) -> None:
        with self._lock:
            self._dispatcher.stop()
            self._account = account

    # ---- time

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Advance the clock without waiting: rentals end or renew, tokens expire, lookups finish.

        Raises:
            ValueError: An argument is negative, or the sum is more than ten years.
        """
        given = {"seconds": seconds, "minutes": minutes, "hours": hours, "days": days}
        length = timedelta(**{name: _number(name, value, 0, MAX_DAYS * 86_400) for name, value in given.items()})
        if length > timedelta(days=MAX_DAYS):
            raise ValueError(f"the clock can advance by at most {MAX_DAYS:,} days at a time")
        with self.locked() as account:
            account.clock.set(account.clock.exact() + length)

    def set_time(self, moment: datetime | str) -> None:
        """Set the clock. It can go back only before the account has been charged for anything.

        Args:
            moment: New time; a string is in ISO format. It is in UTC if it has no time zone.

        Raises:
            ValueError: The time is not valid, or is before the current time of an account that has been charged.
        """
        if not isinstance(moment, datetime):
            moment = datetime.fromisoformat(_text("moment", moment).replace("Z", "+00:00"))
        moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
        with self.locked() as account:
            if moment < account.clock.exact() and account.ledger.entries:
                raise ValueError("the clock cannot go back: the account has been charged. Call reset() or restore()")
            account.clock.set(moment)

    def freeze_time(self) -> None:
        """Stop the clock. ``advance()`` and ``set_time()`` still move it."""
        with self.locked() as account:
            account.clock.freeze()

    def resume_time(self) -> None:
        """Start the clock again, at the time it shows."""
        with self.locked() as account:
            account.clock.resume()

    # ---- SMS, lookups and webhooks

    def receive_sms(self, rent_id: str, sender: str, text: str) -> str:
        """Make a rented number receive an SMS, and return its ``msg_id``.

        If the credit does not cover the SMS, it is not delivered, and the ledger has an entry that says so.

        Raises:
            ValueError: The rental has ended.
        """
        given = _text("rent_id", rent_id), _text("sender", sender), _text("text", text)
        with self.locked() as account:
            return account.rentals.receive_sms(*given).msg_id

    def finish_lookups(self) -> None:
        """Make the results of all lookups available now."""
        with self.locked() as account:
            account.lookups.finish()

    def flush_webhooks(self, timeout: float = 10.0) -> bool:
        """Wait until every pending webhook has been delivered or has used up its attempts. Retries are sent at once.

        Args:
            timeout: Maximum number of seconds to wait.

        Returns:
            False if webhooks are still pending after the timeout.
        """
        deadline = time.monotonic() + _number("timeout", timeout, 0, MAX_DELAY)
        with self._lock:
            while True:
                with self.locked() as account:
                    account.webhooks.release()
                    account.clock.expedite(account.webhooks.enqueue)
                if not account.webhooks.queues:
                    return True
                if not self._lock.wait(deadline - time.monotonic()):
                    return False

    def webhook_faults(self, *, fail: int = 0, duplicate: int = 0, reorder: int = 0) -> None:
        """Disturb the next webhooks.

        Args:
            fail: Number of attempts that fail; the receiver does not get them.
            duplicate: Number of messages that are delivered twice.
            reorder: Number of messages to hold, and then to deliver in reverse order. :meth:`flush_webhooks` delivers
                the held ones without waiting for more.
        """
        given = {"fail": fail, "duplicate": duplicate, "reorder": reorder}
        counts = [_integer(name, value, 0, MAX_TIMES) for name, value in given.items()]
        with self.locked() as account:
            webhooks = account.webhooks
            webhooks.failing, webhooks.duplicating, webhooks.reordering = counts

    def redeliver(self, delivery_id: int | None = None) -> None:
        """Deliver a webhook again: that of the :class:`Delivery` with this ``id``, or the last one.

        Raises:
            ValueError: There is no such delivery.
        """
        number = None if delivery_id is None else _integer("delivery_id", delivery_id, 1, MAX_TIMES)
        with self.locked() as account:
            account.webhooks.redeliver(number)

    # ---- failures

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int | None = None,
        error_code: int | None = None,
        operation: str | None = None,
        retry_after: int | None = None,
        delay: float = 0.0,
        drop: Drop | None = None,
        slow_body: float = 0.0,
        malformed_json: bool = False,
        interim_responses: int = 0,
        unsolicited_bytes: int = 0,
    ) -> None:
        """Make the next requests fail.

        Args:
            times: Number of requests that fail.
            status: Respond with the error of this status, without processing the request: 400, 401, 403, 404, 405, 429
                or 500, which the service documents for any operation, or 502, 503 or 504, as from a gateway.
            error_code: Respond with the documented error of this code, without processing the request.
            operation: Only requests of this operation fail, such as ``rent_number``.
            retry_after: Seconds of a ``Retry-After`` header.
            delay: Seconds to wait before the response.
            drop: ``before``: reset the connection without processing the request; ``after``: process the request, then
                reset the connection; ``body``: process the request, then close the connection in the middle of the
                response body.
            slow_body: Seconds that sending the response body takes.
            malformed_json: Process the request, then send only half of the JSON, as a complete response.
            interim_responses: Number of 1xx responses before the response.
            unsolicited_bytes: Number of bytes to send after the response, which belong to no response.

        Raises:
            ValueError: An argument is not valid, or the operation does not document the error.
        """
        times = _integer("times", times, 1, MAX_TIMES)
        operations = operations_of(self.api_version)
        if operation is not None and operation not in operations:
            raise ValueError(f"operation must be one of {', '.join(operations)}, not {brief(operation)}")
        if drop is not None and drop not in DROPS:
            raise ValueError(f"drop must be one of {', '.join(DROPS)}, not {brief(drop)}")
        given = {"status": status, "error_code": error_code, "retry_after": retry_after}
        checked = [None if n is None else _integer(name, n, 0, MAX_TIMES) for name, n in given.items()]
        error = find_error(self.api_version, operation, *checked[:2])
        delay, slow_body = _number("delay", delay, 0, MAX_DELAY), _number("slow_body", slow_body, 0, MAX_DELAY)
        interim = _integer("interim_responses", interim_responses, 0, 100)
        unsolicited = _integer("unsolicited_bytes", unsolicited_bytes, 0, 100_000)
        malformed = bool(malformed_json)
        fault = Fault(operation, error, checked[2], delay, drop, slow_body, malformed, interim, unsolicited)
        with self.locked() as account:
            account.faults.add(fault, times)

    def rate_limit(self, limit: int, window: int = RATE_LIMIT_WINDOW) -> None:
        """Limit requests to ``limit`` per ``window`` seconds from now on."""
        rate_limit = RateLimit(_integer("limit", limit, 0, MAX_LIMIT), _integer("window", window, 1, 31 * 86_400))
        with self.locked() as account:
            account.rate_limit = rate_limit

    # ---- assertions

    def assert_requested(self, operation: str, times: int | None = None, **fields: object) -> None:
        """Check that an operation was requested.

        Args:
            operation: Operation, such as ``rent_number``.
            times: How often; by default at least once.
            **fields: Values that the requests must have: ``json``, ``form``, ``path``, ``query``, ``method`` or
                ``status``. Requests with other values do not count.

        Raises:
            AssertionError: It was not; the message shows how the requests differ.
        """
        requests = [request for request in self.requests if request.operation == operation]
        matching = [request for request in requests if not _differing(request, fields)]
        if len(matching) == times or (times is None and matching):
            return
        expected = "at least once" if times is None else f"{times} times"
        lines = [f"{operation} was expected {expected}, and requested {len(matching)} times with these values."]
        for number, request in enumerate(requests[-5:], max(1, len(requests) - 4)):
            lines.append(f"Request {number}: {request.method} {request.path}, status {request.status}")
            lines += _differences(request, fields)
        raise AssertionError("\n".join(lines))

    def assert_not_requested(self, operation: str, **fields: object) -> None:
        """Check that an operation was not requested; ``fields`` are those of :meth:`assert_requested`.

        Raises:
            AssertionError: It was.
        """
        self.assert_requested(operation, 0, **fields)


def _differing(request: RecordedRequest, fields: Mapping[str, object]) -> list[str]:
    return [name for name, value in fields.items() if getattr(request, name) != value]


def _differences(request: RecordedRequest, fields: Mapping[str, object]) -> Iterator[str]:
    for name in _differing(request, fields):
        yield f"  {name} differs (- expected, + sent):"
        for line in ndiff(_lines(fields[name]), _lines(getattr(request, name))):
            yield f"    {line.rstrip()}"


def _lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str).splitlines()


def _number(name: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low:,g} to {high:,.0f}, not {brief(value)}")
    return float(value)


def _integer(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} must be an integer from {low:,} to {high:,}, not {brief(value)}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{name} must be a string of at most {MAX_TEXT:,} characters, not {brief(value)}")
    return value


_PUBLIC = ("url", "api_key", "application_id", "application_secret")
PROPERTIES = ("credit", "now", "requests", "ledger", "deliveries")
_CONTROLS = """
advance set_time freeze_time resume_time snapshot restore reset receive_sms finish_lookups flush_webhooks webhook_faults
redeliver fail_next rate_limit
"""
METHODS: Mapping[str, Callable[..., object]] = {
    "credit": vars(SandboxAccount)["credit"].fset,
    **{name: getattr(SandboxAccount, name) for name in _CONTROLS.split()},
}


def call_control(
    account: SandboxAccount, methods: Mapping[str, Callable[..., object]], name: str, method: str, body: bytes
) -> dict[str, Any]:
    """Use a control over HTTP: ``GET`` reads a property, ``POST`` calls a method with JSON arguments.

    Raises:
        ServiceError: There is no such control, or an argument is not valid.
    """
    if name in PROPERTIES and method in ("GET", "HEAD"):
        return {name: getattr(account, name)}
    if method != "POST" or name not in methods:
        known = {*PROPERTIES, *methods}
        raise errors.ServiceError(errors.METHOD_NOT_ALLOWED if name in known else errors.ENDPOINT_NOT_FOUND)
    try:
        result = methods[name](account, **_arguments(methods[name], body))
    except (TypeError, ValueError, OverflowError) as error:
        raise errors.ServiceError(errors.INVALID_BODY._replace(message=f"{name}: {error}")) from None
    if isinstance(result, SandboxAccount):
        result = {name: getattr(result, name) for name in _PUBLIC}
    return {} if result is None else {name: result}


def _arguments(method: Callable[..., object], body: bytes) -> dict[str, Any]:
    try:
        arguments = dict(json.loads(body or b"{}").items())
    except (ValueError, AttributeError, RecursionError):
        raise ValueError("the request body must be a JSON object with the arguments") from None
    _, *parameters = signature(method).parameters.values()
    names = [parameter.name for parameter in parameters]
    for name in arguments:
        if name not in names:
            raise ValueError(f"unknown argument {brief(name)}; valid arguments: {', '.join(names) or 'none'}")
    for parameter in parameters:
        if parameter.default is parameter.empty and parameter.name not in arguments:
            raise ValueError(f"the argument {parameter.name!r} is missing")
    return arguments
