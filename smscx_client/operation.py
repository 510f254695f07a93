"""Operation: one endpoint of the service as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

from smscx_client.model_utils import Model

T = TypeVar("T")
Security = Literal["account", "application"]


class DocumentedError(NamedTuple):
    """One error that the service documents for an operation."""

    status: int
    code: int
    type: str
    meaning: str


class Operation(Generic[T]):
    """One endpoint: its request, its response, whether it costs money, and whether it may be retried.

    Args:
        name: Name in messages and logs; for an endpoint that has a method, the method's name.
        method: HTTP method.
        path: Path below the host, with each argument in braces by its JSON name: ``/numbers/rent/{rentId}``.
        response_type: Class of the response: a model, ``Model`` itself for any JSON object, ``str`` for text, ``bytes``
            for a file; or the name of a class in ``smscx_client.models``, which the first call imports.
        body: Class of the request model, or its name. None if the body may be any JSON value, or if there is none.
        query: Query parameters and their types.
        form: Form fields and their types; a form is sent instead of JSON.
        accept: Media type of the response.
        paid: Whether the call costs money.
        idempotent: Whether sending the same request twice has the same effect as sending it once. If not, the client
            retries only requests that never reached the service or were rejected with 429.
        identified_by: Names of the path arguments and body fields by which ``find_outcome`` recognizes a call.
        security: Credential of the call: the account's (API key or access token), or an application's ID and secret.
        errors: Errors that the service documents, as ``(status, code, type, meaning)``.
        api_version: First API version that has the endpoint.
    """

    __slots__ = (
        "accept",
        "api_version",
        "body",
        "errors",
        "form",
        "idempotent",
        "identified_by",
        "method",
        "name",
        "paid",
        "path",
        "query",
        "response_type",
        "security",
    )

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        response_type: type[T] | str,
        body: type[Model] | str | None = None,
        query: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
        accept: str = "application/json",
        paid: bool = False,
        idempotent: bool = False,
        identified_by: tuple[str, ...] = (),
        security: Security = "account",
        errors: tuple[tuple[int, int, str, str], ...] = (),
        api_version: str = "2022-10",
    ) -> None:
        self.name: str = name
        self.method: str = method
        self.path: str = path
        self.response_type: type[T] | str = response_type
        self.body: type[Model] | str | None = body
        self.query: Mapping[str, object] = query or {}
        self.form: Mapping[str, object] = form or {}
        self.accept: str = accept
        self.paid: bool = paid
        self.idempotent: bool = idempotent
        self.identified_by: tuple[str, ...] = identified_by
        self.security: Security = security
        self.errors: tuple[DocumentedError, ...] = tuple(DocumentedError(*error) for error in errors)
        self.api_version: str = api_version

    def __repr__(self) -> str:
        return f"<Operation {self.name}: {self.method} {self.path}>"
