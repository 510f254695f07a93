"""Response bodies, in either API version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from smscx_client.sandbox.credentials import Token
from smscx_client.sandbox.errors import BULK_LOOKUP_NOT_FOUND, INVALID_BULK_LOOKUP_ID, DocumentedError
from smscx_client.sandbox.inventory import PERIODS, RECEIVES_SMS, SENDS_SMS, Offer
from smscx_client.sandbox.ledger import Clock
from smscx_client.sandbox.lookups import BulkLookup, Lookup
from smscx_client.sandbox.numbering import STATUSES, Number, country_names, mobile_country_code, subscriber
from smscx_client.sandbox.pagination import Page
from smscx_client.sandbox.rentals import Rental, Sms

Json = dict[str, Any]
ApiVersion = Literal["2022-10", "2023-02"]
_LEGACY_ERROR_TYPES = {INVALID_BULK_LOOKUP_ID: "not_found", BULK_LOOKUP_NOT_FOUND: "invalid_param"}


class ResponseSerializer:
    """A serializer that turns the objects of an account into response bodies.

    Args:
        api_version: API version of the responses.
        clock: Clock of the account.

    Attributes:
        legacy: Whether the API version is 2022-10.
    """

    def __init__(self, api_version: ApiVersion, clock: Clock) -> None:
        self.legacy: bool = api_version == "2022-10"
        self._clock = clock

    def error(self, error: DocumentedError) -> Json:
        error_type = _LEGACY_ERROR_TYPES.get(error, error.type) if self.legacy else error.type
        uri = f"https://sms.cx/docs/errors/{error.code}"
        return {"error": {"type": error_type, "message": error.message, "uri": uri, "code": error.code}}

    def token(self, token: Token) -> Json:
        return {
            "access_token": token.value,
            "expires_in": token.lifetime,
            "token_type": "Bearer",
            "scope": " ".join(token.scopes),
        }

    # ---- validation and lookups

    def validated_number(self, number: Number) -> Json:
        return {"data": _number_fields(number)}

    def validated_numbers(self, validated: list[tuple[str, Number | None]]) -> Json:
        valid = [number for _, number in validated if number is not None]
        return {
            "info": {
                "totalPhoneNumbers": len(validated),
                "totalValid": len(valid),
                "totalInvalid": len(validated) - len(valid),
                "phoneNumbersByCountry": _by_country(valid),
            },
            "data": [
                {**_number_fields(number), "invalid": False} if number else {"phoneNumber": given, "invalid": True}
                for given, number in validated
            ],
        }

    def lookup(self, lookup: Lookup) -> Json:
        found = subscriber(lookup.number)
        name, local_name = country_names(lookup.number.country_iso)
        return {
            "phoneNumber": lookup.number.e164,
            "lookupId": lookup.lookup_id,
            "cost": lookup.cost,
            "mcc": found.mcc,
            "mccmnc": found.mcc + found.home.mnc,
            "countryIso": lookup.number.country_iso,
            "countryName": name,
            "countryNameLocale": local_name,
            "status": found.status,
            "statusDescription": STATUSES[found.status],
            "ported": found.ported_to is not None,
            "roaming": found.roaming_in is not None,
            "originalNetwork": {"name": found.home.name, "mnc": found.home.mnc},
            "portedNetwork": found.ported_to._asdict() if found.ported_to else {"name": None, "mnc": None},
            "roamingNetwork": _roaming_network(found.roaming_in),
            "datetime": _time(lookup.requested),
        }

    def started_bulk_lookup(self, bulk: BulkLookup) -> Json:
        data = [
            {
                "phoneNumber": lookup.number.e164,
                "countryIso": lookup.number.country_iso,
                "cost": lookup.cost,
                "lookupId": lookup.lookup_id,
                "datetime": _time(lookup.requested),
            }
            for lookup in bulk.lookups
        ]
        return {"info": _bulk_info(bulk), "data": data}

    def bulk_lookup_results(self, bulk: BulkLookup, page: Page[Lookup]) -> Json:
        body: Json = {"info": _bulk_info(bulk), "data": [self.lookup(lookup) for lookup in page.items]}
        return body if self.legacy else {**body, "paging": _paging(page)}

    def bulk_lookups(self, page: Page[BulkLookup]) -> Json:
        data = [
            {
                "id": bulk.bulk_id,
                "totalPhoneNumbers": bulk.total,
                "totalValid": len(bulk.lookups),
                "totalCost": bulk.cost,
                "datetimeAdded": _time(bulk.requested),
            }
            for bulk in page.items
        ]
        return {"data": data, "paging": _paging(page)}

    # ---- rentals

    def offers(self, offers: Iterable[Offer]) -> Json:
        return {"data": [self._offer_fields(offer) for offer in offers]}

    def new_rental(self, rental: Rental) -> Json:
        common = {**self._common_rental_fields(rental), "setupCost": rental.offer.setup_cost}
        if self.legacy:
            return {"info": {**common, **_legacy_offer_fields(rental.offer), "rentPeriod": rental.period}}
        return {"info": {**common, "approved": rental.approved}}

    def renewed_rental(self, rental: Rental) -> Json:
        return self.new_rental(rental) if self.legacy else {"info": self._common_rental_fields(rental)}

    def cancelled_rental(self, rental: Rental, credit_returned: float) -> Json:
        info = {
            "rentId": rental.rent_id,
            "phoneNumber": rental.offer.phone_number,
            "countryIso": rental.offer.country_iso,
            "creditReturned": credit_returned,
        }
        return {"info": info}

    def edited_rental(self, rental: Rental) -> Json:
        return {"info": {"rentId": rental.rent_id, "datetime": self._now()}}

    def rental_status(self, rental: Rental) -> Json:
        return {"info": self._rental_fields(rental)}

    def rentals(self, rentals: Iterable[Rental]) -> Json:
        return {"data": [self._rental_fields(rental) for rental in rentals]}

    def inbound_sms(self, rental: Rental, page: Page[Sms]) -> Json:
        return {
            "info": {"phoneNumber": rental.offer.phone_number, "countryIso": rental.offer.country_iso},
            "data": [serialize_sms(sms) for sms in page.items],
            "paging": _paging(page),
        }

    def _offer_fields(self, offer: Offer) -> Json:
        common: Json = {
            "numberId": offer.number_id,
            "phoneNumber": None if offer.from_pool else offer.phone_number,
            "countryIso": offer.country_iso,
            "networkOperator": offer.network_operator,
            "setupCost": offer.setup_cost,
            "inboundSmsCost": offer.inbound_sms_cost,
        }
        if self.legacy:
            return {**common, **_legacy_offer_fields(offer)}
        return {
            **common,
            "minRent": min(offer.costs),
            "features": offer.features,
            "numberType": offer.number_type,
            "outboundSmsCost": offer.outbound_sms_cost,
            "rentCost": _costs(offer),
            "setupTime": offer.setup_time,
            "registration": offer.registration,
            "inboundSmsSender": offer.inbound_sms_sender,
            "datetime": _time(offer.added),
        }

    def _common_rental_fields(self, rental: Rental) -> Json:
        fields: Json = {
            "rentId": rental.rent_id,
            "phoneNumber": rental.offer.phone_number,
            "countryIso": rental.offer.country_iso,
            "rentStart": _time(rental.start),
            "rentEnd": _time(rental.end),
            "rentCost": rental.cost,
            "autoRenew": rental.auto_renew,
            "callbackUrl": rental.callback_url,
        }
        return fields if self.legacy else {**fields, "numberId": rental.offer.number_id, "datetime": self._now()}

    def _rental_fields(self, rental: Rental) -> Json:
        offer = rental.offer
        common: Json = {
            **self._common_rental_fields(rental),
            "networkOperator": offer.network_operator,
            "setupCost": offer.setup_cost,
            "rentPeriod": rental.period,
            "inboundSmsCost": offer.inbound_sms_cost,
        }
        if self.legacy:
            return {**common, **_legacy_offer_fields(offer)}
        return {
            **common,
            "minRent": min(offer.costs),
            "features": offer.features,
            "numberType": offer.number_type,
            "outboundSmsCost": offer.outbound_sms_cost,
            "renewCost": _costs(offer),
            "inboundSms": {"total": len(rental.received), "cost": rental.received_cost},
            "outboundSms": {"total": 0, "cost": 0},
            "activeRent": rental.active,
            "approved": rental.approved,
            "inboundSmsSender": offer.inbound_sms_sender,
        }

    def _now(self) -> str:
        return _time(self._clock.now())


def serialize_sms(sms: Sms) -> Json:
    """Serialize a received SMS, for a response or a webhook."""
    return {
        "msgId": sms.msg_id,
        "from": sms.sender,
        "countryIso": sms.sender_country,
        "to": sms.to,
        "text": sms.text,
        "cost": sms.cost,
        "receivedAt": _time(sms.received_at),
    }


def _number_fields(number: Number) -> Json:
    return {
        "phoneNumber": number.e164,
        "countryIso": number.country_iso,
        "networkOperator": number.network_operator,
        "timezone": number.timezone,
    }


def _roaming_network(country_iso: str | None) -> Json:
    if country_iso is None:
        return dict.fromkeys(("countryIso", "countryName", "mcc", "mnc", "name"))
    return {
        "countryIso": country_iso,
        "countryName": country_names(country_iso)[0],
        "mcc": mobile_country_code(country_iso),
        "mnc": "01",
        "name": "Roaming Mobile",
    }


def _by_country(numbers: Iterable[Number]) -> Json:
    return {"countryCode": dict(Counter(number.country_iso for number in numbers))}


def _bulk_info(bulk: BulkLookup) -> Json:
    return {
        "lookupBulkId": bulk.bulk_id,
        "totalPhoneNumbers": bulk.total,
        "totalValid": len(bulk.lookups),
        "totalInvalid": len(bulk.invalid),
        "totalCost": bulk.cost,
        "phoneNumbersByCountry": _by_country(lookup.number for lookup in bulk.lookups),
        "invalid": bulk.invalid,
    }


def _costs(offer: Offer) -> list[Json]:
    return [{"days": days, "cost": cost} for days, cost in offer.costs.items()]


def _legacy_offer_fields(offer: Offer) -> Json:
    directions = (("inbound", RECEIVES_SMS), ("outbound", SENDS_SMS))
    min_rent, highest_cost = min(offer.costs), max(offer.costs.values())
    return {
        "networkOperator": offer.network_operator,
        "inboundSmsCost": offer.inbound_sms_cost,
        "sms": [name for name, feature in directions if offer.features & feature],
        "voice": [],
        "minRent": None if min_rent == 1 else str(min_rent),
        "maxRent": str(max(offer.costs)),
        "rentalCost": {str(days): offer.costs.get(days, highest_cost) for days in PERIODS},
    }


def _paging(page: Page[Any]) -> Json:
    return {"next": page.next, "previous": page.previous, "size": page.size}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
