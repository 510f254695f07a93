"""``smscx token``."""

from __future__ import annotations

import os
import sys

import click

from smscx_client.api.oauth_api import OauthApi
from smscx_client.cli.connection import APPLICATION_ID, APPLICATION_SECRET, Connection, read_secret
from smscx_client.cli.layout import Format, Layout, to_row
from smscx_client.cli.messages import escape_line, required
from smscx_client.cli.output import output_option, row_writer
from smscx_client.model.oauth_token_response import OauthTokenResponse


@click.command()
@click.option("--application-id", envvar=APPLICATION_ID, show_envvar=True, help="ID of the application.")
@click.option(
    "--secret-file",
    type=click.Path(),
    metavar="PATH",
    help=f"File that contains the application secret. Default: {APPLICATION_SECRET}.",
)
@click.option("--scope", help="Scopes of the token, separated by spaces. Default: all scopes of the application.")
@output_option
@click.pass_obj
def token(
    connection: Connection,
    application_id: str | None,
    secret_file: str | None,
    scope: str | None,
    output: Format | None,
) -> None:
    """Get an access token for an application.

    The command prints only the token. Pass --output to print the whole response. Other commands read the token from
    SMSCX_ACCESS_TOKEN: set it with SMSCX_ACCESS_TOKEN=$(smscx token).
    """
    secret = os.environ.get(APPLICATION_SECRET) if secret_file is None else read_secret(secret_file)
    if application_id and not secret and sys.stdin.isatty():
        secret = str(click.prompt("smscx: Application secret", hide_input=True, err=True))
    with connection.open_with_application(application_id, secret) as client:
        response = OauthApi(client).get_access_token(scope=scope)
        access_token = required(response.access_token, "access_token")
    if output is None:
        click.echo(escape_line(access_token))
        return
    with row_writer(output, Layout(OauthTokenResponse)) as rows:
        rows.write(to_row(response))
