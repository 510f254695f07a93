"""``smscx doctor``."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from smscx_client._transport.pool import proxy_for
from smscx_client.cli.connection import Connection
from smscx_client.cli.messages import failure_from, print_message
from smscx_client.exceptions import ApiException
from smscx_client.http_info import clock_offset

PHONE_NUMBER = "+33612246450"
MAX_CLOCK_OFFSET = 60.0
"""Seconds."""


@click.command()
@click.pass_obj
def doctor(connection: Connection) -> None:
    """Check the host, the credential, the clock and the rate limit with one free call."""
    with connection.open() as api:
        configuration = api.api_client.configuration
        proxy = urlsplit(proxy_for(configuration) or "").netloc.rpartition("@")[2]
        _show("Host", configuration.host)
        _show("Credential", connection.credential_source())
        _show("Proxy", proxy or "none")
        _show("TLS", "certificates are checked" if configuration.verify_ssl else "NOT CHECKED")
        try:
            response = api.validate_number(PHONE_NUMBER)
        except ApiException as exception:
            _show("Call", "failed")
            raise failure_from(exception) from None
    _show("Call", f"{response.http_info.status}, accepted")
    offset = clock_offset(response.http_info.headers)
    _show("Clock", "unknown" if offset is None else f"{offset:+.0f} s from the service")
    limit = response.http_info.rate_limit
    known = limit.remaining is not None and limit.limit is not None
    _show("Rate limit", f"{limit.remaining} of {limit.limit} calls left" if known else "unknown")
    if offset is not None and abs(offset) > MAX_CLOCK_OFFSET:
        print_message("The clock of this computer is wrong. Synchronize it; access tokens may seem to have expired.")


def _show(name: str, value: str) -> None:
    click.echo(f"{name + ':':<12} {value}")
