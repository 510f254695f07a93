"""Operation: one endpoint of the service as a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Generic, Literal, NamedTuple, TypeVar, cast
from urllib.parse import quote, urlencode

from smscx_client.exceptions import ApiTypeError, ApiValueError
from smscx_client.model_utils import Kind, Model, kind_of, python_name, shown

T = TypeVar("T")
Security = Literal["account", "application"]

_encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_CONTROL = r"[\x00-\x1f\x7f-\x9f]"


class DocumentedError(NamedTuple):
    """One error that the service documents for an operation."""

    status: int
    code: int
    type: str
    meaning: str


class Operation(Generic[T]):
    """One endpoint: how to ask, what comes back, what it costs, and whether asking twice is harmless.

    Args:
        name: How messages and logs call it; for an endpoint with a method, the method's name.
        method: HTTP method.
        path: Path below the host, with each argument in braces by its wire name: ``/numbers/rent/{rentId}``.
        returns: Class of the answer: a model, ``Model`` itself for an answer that no model describes, ``str`` for a
            text, ``bytes`` for a file; or the name of a class in ``smscx_client.models``, which is imported by the
            first call.
        body: The request's model, as ``returns``; None where any JSON value, or no body, is sent.
        query: Query parameters and their types.
        form: Fields of a form, sent in place of JSON, and their types.
        accept: Media type of the answer.
        paid: Whether the call spends credit.
        repeatable: Whether sending the same request twice is harmless. Where it is not, a request is sent again only
            if it surely never reached the service or was turned away.
        find_out: Method that tells, at no cost, whether a call whose answer was lost has been carried out.
        known_by: Arguments by which such a call is known again: names of path arguments, and of the body's fields.
        security: Who asks: the account (API key or access token), or an application with its id and secret.
        errors: The errors that the service documents.
        since: Generation of the service that brought the endpoint.
    """

    __slots__ = (
        "_answer_type",
        "_body_type",
        "_kinds",
        "_template",
        "accept",
        "body",
        "errors",
        "find_out",
        "form",
        "known_by",
        "method",
        "name",
        "paid",
        "path",
        "path_names",
        "query",
        "repeatable",
        "returns",
        "security",
        "since",
    )

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        returns: type[T] | str,
        body: type[Model] | str | None = None,
        query: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
        accept: str = "application/json",
        paid: bool = False,
        repeatable: bool = False,
        find_out: str | None = None,
        known_by: tuple[str, ...] = (),
        security: Security = "account",
        errors: tuple[tuple[int, int, str, str], ...] = (),
        since: str = "2022-10",
    ) -> None:
        self.name: str = name
        self.method: str = method
        self.path: str = path
        self.path_names: tuple[str, ...] = tuple(python_name(wire) for wire in re.findall(r"{(\w+)}", path))
        self.returns: type[T] | str = returns
        self.body: type[Model] | str | None = body
        self.query: Mapping[str, object] = query or {}
        self.form: Mapping[str, object] = form or {}
        self.accept: str = accept
        self.paid: bool = paid
        self.repeatable: bool = repeatable
        self.find_out: str | None = find_out
        self.known_by: tuple[str, ...] = known_by
        self.security: Security = security
        self.errors: tuple[DocumentedError, ...] = tuple(DocumentedError(*error) for error in errors)
        self.since: str = since
        self._template = re.sub(r"{\w+}", "%s", path.replace("%", "%%"))
        self._answer_type: type[T] | None = None
        self._body_type: type[Model] | None = None
        self._kinds: dict[str, Kind] | None = None

    def __repr__(self) -> str:
        return f"<Operation {self.name}: {self.method} {self.path}>"

    @property
    def answer_type(self) -> type[T]:
        """The class of the answer."""
        if self._answer_type is None:
            self._answer_type = cast("type[T]", _model(self.returns) if isinstance(self.returns, str) else self.returns)
        return self._answer_type

    @property
    def body_type(self) -> type[Model] | None:
        """The class of the request's model."""
        if self._body_type is None and self.body is not None:
            self._body_type = _model(self.body) if isinstance(self.body, str) else self.body
        return self._body_type

    def target(self, path_values: tuple[str, ...], query: Mapping[str, object] | None, check: bool) -> str:
        """The path and query of a request.

        Raises:
            ApiTypeError: an argument is missing, unknown or of the wrong type.
            ApiValueError: an argument has a value that is not allowed, or that would leave its place in the path.
        """
        if len(path_values) != len(self.path_names):
            raise ApiTypeError(f"{self.name} takes {len(self.path_names)} path arguments, not {len(path_values)}")
        path = self._template % tuple(map(self._segment, self.path_names, path_values)) if path_values else self.path
        if not query:
            return path
        given = {name: value for name, value in query.items() if value is not None}
        if check:
            self._check_arguments(given)
        return f"{path}?{_urlencode(given)}" if given else path

    def payload(self, body: object, check: bool) -> tuple[bytes | None, str | None]:
        """The body of a request and its media type.

        Raises:
            ApiTypeError: the body, or a field of it, is missing or of the wrong type.
            ApiValueError: a field of it has a value that is not allowed.
        """
        if self.form:
            return self._form_payload(cast("Mapping[str, object]", body), check)
        if check and self.body_type is not None:
            self._check_body(body, self.body_type)
        if body is None:
            return None, None
        try:
            text = _encode_json(body._object() if isinstance(body, Model) else body)
        except (TypeError, ValueError, RecursionError) as exc:
            raise ApiTypeError(f"{self.name}: the body cannot be sent as JSON: {exc}") from None
        return text.encode("ascii"), "application/json"

    def traces(self, path_values: tuple[str, ...], body: object) -> dict[str, object]:
        """The arguments by which a call in doubt is known again; of a list, its length."""
        given: dict[str, object] = dict(zip(self.path_names, path_values, strict=True))
        if isinstance(body, Model):
            given |= body.to_dict()
        kept = {name: given[name] for name in self.known_by if name in given}
        lists = {name: len(cast("list[object]", value)) for name, value in kept.items() if isinstance(value, list)}
        return kept | lists

    def _segment(self, name: str, value: str) -> str:
        if not isinstance(value, str):
            raise ApiTypeError(f"{self.name}: {name} must be str, not {shown(value)}")
        if name == "phone_number":
            value = value.removeprefix("%2B").removeprefix("%2b").removeprefix("+")
        if value in ("", ".", ".."):
            raise ApiValueError(f"{self.name}: {name} must not be {'empty' if not value else 'dots'}")
        if not value.isprintable() and re.search(_CONTROL, value):
            raise ApiValueError(f"{self.name}: {name} must not hold line breaks or other control characters")
        try:
            return quote(value, safe="")
        except UnicodeEncodeError:
            raise ApiValueError(f"{self.name}: {name} holds a character that UTF-8 cannot carry") from None

    def _check_arguments(self, given: Mapping[str, object]) -> None:
        if self._kinds is None:
            self._kinds = {name: kind_of(hint)[0] for name, hint in {**self.query, **self.form}.items()}
        for name, value in given.items():
            kind = self._kinds.get(name)
            if kind is not None:
                kind.check(value, f"{self.name}: {name}")
            elif self._kinds:
                raise ApiTypeError(f"{self.name} has no parameter {name!r}; it has {', '.join(self._kinds)}")

    def _check_body(self, body: object, expected: type[Model]) -> None:
        if not isinstance(body, expected):
            raise ApiTypeError(f"{self.name} takes a {expected.__name__}, not {shown(body)}")
        body.check()

    def _form_payload(self, fields: Mapping[str, object], check: bool) -> tuple[bytes, str]:
        given = {name: value for name, value in fields.items() if value is not None}
        if check:
            self._check_arguments(given)
        return _urlencode(given).encode("ascii"), "application/x-www-form-urlencoded"


def _model(name: str) -> type[Model]:
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return cast("type[Model]", getattr(import_module(f"smscx_client.model.{module}"), name))


def _urlencode(fields: Mapping[str, object]) -> str:
    """Raises: ApiValueError: a value holds a character that UTF-8 cannot carry."""
    try:
        return urlencode(
            {name: str(value).lower() if isinstance(value, bool) else value for name, value in fields.items()}
        )
    except UnicodeEncodeError:
        raise ApiValueError("a parameter holds a character that UTF-8 cannot carry") from None
