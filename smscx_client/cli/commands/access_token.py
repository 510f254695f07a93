"""``smscx token``."""

from __future__ import annotations

import os
import sys

import click

from smscx_client.api.oauth_api import OauthApi
from smscx_client.cli.connection import APPLICATION_ID, APPLICATION_SECRET, Connection, read_secret
from smscx_client.cli.output import Format, Layout, output_option, row_of, rows_to
from smscx_client.model.oauth_token_response import OauthTokenResponse


@click.command()
@click.option("--application-id", envvar=APPLICATION_ID, show_envvar=True, help="Id of the application.")
@click.option(
    "--secret-file",
    type=click.Path(),
    metavar="PATH",
    help=f"File that holds its secret; else {APPLICATION_SECRET} has it.",
)
@click.option("--scope", help="Scopes of the token, separated by spaces; all of the application's if left out.")
@output_option
@click.pass_obj
def token(
    connection: Connection,
    application_id: str | None,
    secret_file: str | None,
    scope: str | None,
    output: Format | None,
) -> None:
    """Get an access token for an application, and print it alone: all of the answer comes with --output.

    SMSCX_ACCESS_TOKEN=$(smscx token) is what the other commands take.
    """
    secret = os.environ.get(APPLICATION_SECRET) if secret_file is None else read_secret(secret_file)
    if application_id and not secret and sys.stdin.isatty():
        secret = str(click.prompt("smscx: secret of the application", hide_input=True, err=True))
    with connection.open_as(application_id, secret) as client:
        answer = OauthApi(client).get_access_token(scope=scope)
    if output is None:
        click.echo(answer.access_token)
        return
    with rows_to(output, Layout(OauthTokenResponse)) as rows:
        rows.write(row_of(answer))
