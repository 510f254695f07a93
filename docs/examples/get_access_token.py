"""Get an access token for an application.

Set SMSCX_APPLICATION_ID and SMSCX_APPLICATION_SECRET to use your application. Otherwise, this runs in a sandbox.
"""

import os
from pprint import pprint

import smscx_client
from smscx_client.api.oauth_api import OauthApi
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET


def show_token(configuration: smscx_client.Configuration) -> None:
    with smscx_client.ApiClient(configuration) as client:
        try:
            pprint(OauthApi(client).get_access_token(scope="numbers"))
        except smscx_client.ApiException as exception:
            print(exception)


if "SMSCX_APPLICATION_ID" in os.environ:
    application_id, secret = os.environ["SMSCX_APPLICATION_ID"], os.environ["SMSCX_APPLICATION_SECRET"]
    show_token(smscx_client.Configuration(username=application_id, password=secret))
else:
    with Sandbox() as sandbox:
        show_token(sandbox.configuration(username=APPLICATION_ID, password=APPLICATION_SECRET))
