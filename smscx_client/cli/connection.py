"""Where the commands make their calls, and with which credential."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from smscx_client import ApiClient, Configuration
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.exit_codes import ExitCode
from smscx_client.cli.messages import Failure
from smscx_client.cli.trial import trial

APPLICATION_ID = "SMSCX_APPLICATION_ID"
APPLICATION_SECRET = "SMSCX_APPLICATION_SECRET"  # noqa: S105 - the name of a variable


class Connection(NamedTuple):
    """What the options before the command say."""

    sandbox: bool = False
    api_key_file: str | None = None

    @contextmanager
    def open(self) -> Generator[NumbersApi]:
        """The calls, with the account's credential.

        Raises:
            Failure: there is no credential.
        """
        with self._configuration() as configuration:
            if not (configuration.api_key or configuration.access_token):
                given = "set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN in the environment, or give --api-key-file"
                raise Failure(ExitCode.CREDENTIAL, f"no credential: {given}; smscx --sandbox needs none")
            with ApiClient(configuration) as client:
                yield NumbersApi(client)

    @contextmanager
    def open_as(self, application_id: str | None, secret: str | None) -> Generator[ApiClient]:
        """A client with the id and secret of an application.

        Raises:
            Failure: one of them is missing.
        """
        with self._configuration() as configuration:
            if self.sandbox:
                from smscx_client.sandbox.server import APPLICATION_ID as SANDBOX_ID
                from smscx_client.sandbox.server import APPLICATION_SECRET as SANDBOX_SECRET

                application_id, secret = application_id or SANDBOX_ID, secret or SANDBOX_SECRET
            if not (application_id and secret):
                given = f"set {APPLICATION_ID} and {APPLICATION_SECRET} in the environment, or give --secret-file"
                raise Failure(ExitCode.CREDENTIAL, f"no application to ask for: {given}")
            configuration.username, configuration.password = application_id, secret
            with ApiClient(configuration) as client:
                yield client

    @contextmanager
    def _configuration(self) -> Generator[Configuration]:
        if self.sandbox:
            with trial() as sandbox:
                yield sandbox.configuration()
        elif self.api_key_file is not None:
            yield Configuration(api_key=read_secret(self.api_key_file))
        else:
            yield Configuration()


def read_secret(file: str) -> str:
    """The secret that a file holds, without the space around it.

    Raises:
        Failure: it holds none.
        OSError: it cannot be read.
    """
    try:
        secret = Path(file).read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret:
        raise Failure(ExitCode.CREDENTIAL, f"{file} holds no secret")
    return secret
