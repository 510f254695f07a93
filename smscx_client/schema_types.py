"""Types that model fields and parameters share, with the values that the service allows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from smscx_client.model_utils import Format, Range, Size

Uuid = Annotated[str, Format("8-4-4-4-12 hexadecimal digits")]
CountryIso = Annotated[str, Format("ISO 3166-1 alpha-2")]
Url = Annotated[str, Format("URL")]
DateTime = datetime
Cost = float
RentPeriod = Literal[1, 7, 30]
PhoneNumbers = Annotated[list[str], Size(1, 40_000)]

LookupStatus = Literal["ACTIVE", "ABSENT", "BARRED", "UNKNOWN", "FAILED"]
NumberType = Literal["mobile", "landline"]
SetupTime = Literal["instant", "delayed"]
SmsDirection = Literal["inbound", "outbound"]
RentDays = Literal["1", "7", "30"]

Features = Literal[1, 2, 3]
Limit = Annotated[int, Range(1, 500)]
Digits = Annotated[str, Size(1, 17), Format("digits")]
GrantType = Literal["client_credentials"]
