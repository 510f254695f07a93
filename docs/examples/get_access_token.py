"""Get an access token for an application. This is free."""

from pprint import pprint

from smscx_client import ApiClient, ApiException, OauthApi
from smscx_client.sandbox import Application, Sandbox

with Sandbox(applications={"my-app": Application("its secret")}) as sandbox:
    configuration = sandbox.configuration(username="my-app", password="its secret")
    with ApiClient(configuration) as client:
        try:
            pprint(OauthApi(client).get_access_token(scope="numbers"))
        except ApiException as exception:
            print(exception)
