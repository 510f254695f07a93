"""The service that the commands call, and the credential they send."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.demo import demo_sandbox
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import CANNOT_USE_RESPONSE, MALFORMED, Failure

APPLICATION_ID = "SMSCX_APPLICATION_ID"
APPLICATION_SECRET = "SMSCX_APPLICATION_SECRET"  # noqa: S105 - the name of a variable


class Connection(NamedTuple):
    """The options before the command, which apply to every command."""

    sandbox: bool = False
    api_key_file: str | None = None

    def credential_source(self) -> str:
        """Return where the credential comes from. The credential is never shown."""
        if self.sandbox:
            return "the sandbox"
        if self.api_key_file is not None:
            return f"API key in the file {self.api_key_file}"
        return "API key in SMSCX_API_KEY" if os.environ.get("SMSCX_API_KEY") else "access token in SMSCX_ACCESS_TOKEN"

    @contextmanager
    def open(self) -> Generator[NumbersApi]:
        """Open the API with the credential of the account.

        Raises:
            Failure: no credential is configured.
        """
        with self._configuration() as configuration, _report_malformed_responses(configuration):
            if not (configuration.api_key or configuration.access_token):
                required = (
                    "Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN, or pass --api-key-file. `smscx --sandbox` needs none."
                )
                raise Failure(ExitCode.CREDENTIAL, f"No credential configured; nothing was sent. {required}")
            with ApiClient(configuration) as client:
                yield NumbersApi(client)

    @contextmanager
    def open_with_application(self, application_id: str | None, secret: str | None) -> Generator[ApiClient]:
        """Open a client with the ID and secret of an application.

        Raises:
            Failure: the ID or the secret is missing.
        """
        with self._configuration() as configuration, _report_malformed_responses(configuration):
            if self.sandbox:
                from smscx_client.sandbox.server import APPLICATION_ID as SANDBOX_ID
                from smscx_client.sandbox.server import APPLICATION_SECRET as SANDBOX_SECRET

                application_id, secret = application_id or SANDBOX_ID, secret or SANDBOX_SECRET
            if not (application_id and secret):
                required = f"Set {APPLICATION_ID} and {APPLICATION_SECRET} in the environment, or pass --secret-file."
                raise Failure(ExitCode.CREDENTIAL, f"No application configured; nothing was sent. {required}")
            configuration.username, configuration.password = application_id, secret
            with ApiClient(configuration) as client:
                yield client

    @contextmanager
    def _configuration(self) -> Generator[Configuration]:
        if self.sandbox:
            with demo_sandbox() as sandbox:
                yield sandbox.configuration()
        elif self.api_key_file is not None:
            yield Configuration(api_key=read_secret(self.api_key_file))
        else:
            yield Configuration()


@contextmanager
def _report_malformed_responses(configuration: Configuration) -> Generator[None]:
    """Report errors after a response as errors of that response. Before the first one, they are those of the arguments.

    Raises:
        Failure: a response cannot be used.
    """
    statuses: set[int | None] = set()
    configuration.on_attempt = lambda attempt: statuses.add(attempt.status)
    try:
        yield
    except MALFORMED as error:
        if not any(statuses):
            raise
        raise Failure(ExitCode.NO_RESPONSE, f"{CANNOT_USE_RESPONSE}: {error}") from error


def read_secret(file: str) -> str:
    """Return the secret in a file, without leading and trailing whitespace.

    Raises:
        Failure: the file is empty or not UTF-8.
        OSError: the file cannot be read.
    """
    try:
        secret = Path(file).read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret:
        raise Failure(ExitCode.CREDENTIAL, f"{file} is empty or not UTF-8 text. It must contain only the secret.")
    return secret
