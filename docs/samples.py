"""Sample values for the examples on the model pages. Part of ``docs/build.py``."""

from __future__ import annotations

import json

from smscx_client._field_types import Field, ListType, ScalarType
from smscx_client.model_utils import Model, NestedType, Until

VALUES: dict[str, object] = {
    "_1": 0.9,
    "_7": 3.5,
    "_30": 9.0,
    "_from": "+33612246450",
    "access_token": "eyJhbGciOiJIUzI1NiJ9.example",
    "active_rent": True,
    "approved": True,
    "auto_renew": False,
    "callback_url": "https://example.com/sms",
    "code": 1207,
    "cost": 0.01,
    "country_code": {"FR": 2},
    "country_iso": "FR",
    "country_name": "France",
    "country_name_locale": "France",
    "credit_returned": 3.5,
    "datetime": "2023-02-14 09:26:53",
    "datetime_added": "2023-02-14 09:26:53",
    "event": "number_lookup",
    "expires_in": 3600,
    "features": 1,
    "id": "0e7b3c52-61aa-4f0e-9c1d-5b6f3a9d2e47",
    "inbound_sms_cost": 0.0,
    "inbound_sms_sender": True,
    "invalid": False,
    "lookup_bulk_id": "0e7b3c52-61aa-4f0e-9c1d-5b6f3a9d2e47",
    "lookup_callback_url": "https://example.com/lookups",
    "lookup_id": "5d0c9a1e-3f44-4b6f-8a77-21c4be90d6f3",
    "max_rent": "30",
    "mcc": "208",
    "mccmnc": "20801",
    "message": "Invalid phone number",
    "min_rent": 1,
    "mnc": "01",
    "msg_id": "b3a1f6d8-0c52-4e9b-95d7-6f20c8e41a9b",
    "name": "Orange",
    "network_operator": "Orange",
    "next": "eyJhZnRlciI6IDUwMH0",
    "number_id": "9f3e2d81-7c46-4a05-b8e2-d1c07a6b5f94",
    "outbound_sms_cost": None,
    "phone_number": "+33612246450",
    "phone_numbers": ["+33612246450", "06 12 24 64 51"],
    "ported": False,
    "previous": None,
    "received_at": "2023-02-14 09:26:53",
    "registration": False,
    "registration_id": "c2d48e7f-1b90-4c3a-8f65-e07ba9d31c56",
    "rent_cost": 3.5,
    "rent_end": "2023-02-21 09:26:53",
    "rent_id": "471ddea7-930c-49e8-8e99-2683834dd92e",
    "rent_period": 7,
    "rent_start": "2023-02-14 09:26:53",
    "roaming": False,
    "scope": "numbers",
    "setup_cost": 0.0,
    "size": 500,
    "status_description": "Phone number is reachable",
    "text": "Your code is 482913",
    "timezone": "Europe/Paris",
    "to": "+33644600001",
    "total": 2,
    "total_cost": 0.02,
    "total_invalid": 1,
    "total_phone_numbers": 3,
    "total_valid": 2,
    "type": "invalid_param",
    "uri": "/numbers/validate/3361",
    "InfoLookupDetails.invalid": ["+3361"],
    "InfoNumbersLookup.invalid": ["+3361"],
}
"""Values by field name, or by model and field name if a model uses the name for something else."""


def sample(model: type[Model]) -> dict[str, object]:
    """Return a JSON object that the newest API version could send or accept for a model."""
    return {
        field.wire: _value(model, field)
        for field in model.fields.values()
        if not any(isinstance(marker, Until) for marker in field.markers)
    }


def _value(model: type[Model], field: Field) -> object:
    field_type = field.type
    if isinstance(field_type, NestedType):
        return sample(field_type.model)
    if isinstance(field_type, ListType) and isinstance(field_type.item, NestedType):
        return [sample(field_type.item.model)]
    value = VALUES.get(f"{model.__name__}.{field.name}", VALUES.get(field.name))
    allowed = field_type.allowed if isinstance(field_type, ScalarType) else ()
    return allowed[0] if allowed and value not in allowed else value


def as_json(model: type[Model]) -> str:
    """Return the sample as the JSON text of a response."""
    return json.dumps(sample(model), ensure_ascii=False, indent=2)


def as_python(model: type[Model]) -> str:
    """Return the sample as Python code that creates a request model."""
    data = sample(model)
    arguments = [
        f"    {'' if field.required else field.name + '='}{data[field.wire]!r},".replace("'", '"')
        for field in model.fields.values()
    ]
    name = model.__name__
    return "\n".join([f"from smscx_client.models import {name}\n", f"request = {name}(", *arguments, ")"])
