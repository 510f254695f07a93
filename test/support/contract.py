"""The contract of the API: its operations, and the exception class of each documented error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

CONTRACT = yaml.safe_load(
    (Path(__file__).parent.parent / "contract" / "numbers-api.openapi.yaml").read_text(encoding="utf-8")
)
OPERATIONS: dict[str, tuple[str, str, dict[str, Any], list[dict[str, Any]]]] = {
    item["operationId"]: (path, method, item, [*entry.get("parameters", []), *item.get("parameters", [])])
    for path, entry in CONTRACT["paths"].items()
    for method, item in entry.items()
    if method != "parameters"
}
"""Path, method, declaration and parameters by operation ID."""
EXPECTED: dict[Any, str] = {
    (400, 1207): "InvalidPhoneNumberException",
    (400, 1113): "InsufficientBalanceException",
    (400, 1114): "InsufficientBalanceException",
    (403, "insufficient_scope"): "InsufficientScopeException",
    (403, 1214): "NoCoverageException",
    (400, "invalid_scope"): "InvalidScopeException",
    400: "InvalidRequestException",
    401: "InvalidCredentialsException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    405: "ApiMethodNotAllowedException",
    429: "RateLimitExceededException",
    500: "ServerErrorException",
}
"""Exception classes by status and code or type, otherwise by status."""
