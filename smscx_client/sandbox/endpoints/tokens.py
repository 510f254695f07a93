"""Access tokens."""

from __future__ import annotations

from smscx_client.sandbox import errors
from smscx_client.sandbox.endpoints import Call
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.responses import Json


def get_access_token(call: Call) -> Json:
    """Issue an access token to the application whose ID and secret are the request's credentials."""
    request = call.parameters.request
    login, form = request.authorization, request.form
    if login is None or login.type != "basic":
        raise ServiceError(errors.INVALID_CLIENT)
    if not form.get("grant_type"):
        raise ServiceError(errors.GRANT_TYPE_MISSING)
    if form["grant_type"] != "client_credentials":
        raise ServiceError(errors.UNSUPPORTED_GRANT_TYPE)
    credentials = call.account.credentials
    token = credentials.issue_token(login.username or "", login.password or "", form.get("scope"))
    return call.serializer.token(token)
