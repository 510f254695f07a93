"""Response bodies, in either API version."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from smscx_client.sandbox.clock import Clock
from smscx_client.sandbox.credentials import Token
from smscx_client.sandbox.errors import BULK_LOOKUP_NOT_FOUND, INVALID_BULK_LOOKUP_ID, DocumentedError
from smscx_client.sandbox.inventory import PERIODS, RECEIVES_SMS, SENDS_SMS, Offer
from smscx_client.sandbox.lookups import BulkLookup, Lookup
from smscx_client.sandbox.numbering import STATUSES, Number, country_names, mobile_country_code, subscriber
from smscx_client.sandbox.pagination import Page
from smscx_client.sandbox.rentals import Rental, Sms

Json = dict[str, Any]
ApiVersion = Literal["2022-10", "2023-02"]
_LEGACY_ERROR_TYPES = {INVALID_BULK_LOOKUP_ID: "not_found", BULK_LOOKUP_NOT_FOUND: "invalid_param"}
_NO_NETWORK = {"name": None, "mnc": None}


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
        issued = {"access_token": token.value, "expires_in": token.lifetime}
        return {**issued, "token_type": "Bearer", "scope": " ".join(token.scopes)}

    # ---- validation and lookups

    def validated_number(self, number: Number) -> Json:
        return {"data": _number_fields(number)}

    def validated_numbers(self, validated: list[tuple[str, Number | None]]) -> Json:
        valid = [number for _, number in validated if number is not None]
        totals = {"totalValid": len(valid), "totalInvalid": len(validated) - len(valid)}
        data = [
            {**_number_fields(number), "invalid": False} if number else {"phoneNumber": given, "invalid": True}
            for given, number in validated
        ]
        return {"info": {"totalPhoneNumbers": len(validated), **totals, **_by_country(valid)}, "data": data}

    def lookup(self, lookup: Lookup) -> Json:
        number, found = lookup.number, subscriber(lookup.number)
        name, local_name = country_names(number.country_iso)
        fields = {**_phone_number(number), "lookupId": lookup.lookup_id, "cost": lookup.cost, "mcc": found.mcc}
        fields |= {"status": found.status, "statusDescription": STATUSES[found.status], "ported": bool(found.ported_to)}
        fields |= {"mccmnc": found.mcc + found.home.mnc, "countryName": name, "countryNameLocale": local_name}
        fields |= {"roaming": bool(found.roaming_in), "datetime": _time(lookup.requested)}
        fields |= {"originalNetwork": found.home._asdict(), "roamingNetwork": _roaming_network(found.roaming_in)}
        return {**fields, "portedNetwork": found.ported_to._asdict() if found.ported_to else _NO_NETWORK}

    def started_bulk_lookup(self, bulk: BulkLookup) -> Json:
        time = _time(bulk.requested)
        data = [
            {**_pick(lookup, "cost lookup_id"), **_phone_number(lookup.number), "datetime": time}
            for lookup in bulk.lookups
        ]
        return {"info": {**_bulk_info(bulk), **_invalid_numbers(bulk)}, "data": data}

    def bulk_lookup_results(self, bulk: BulkLookup, page: Page[Lookup]) -> Json:
        info, data = _bulk_info(bulk), [self.lookup(lookup) for lookup in page.items]
        if self.legacy:
            return {"info": {**info, **_invalid_numbers(bulk)}, "data": data}
        return {"info": info, "data": data, "paging": _paging(page)}

    def bulk_lookups(self, page: Page[BulkLookup]) -> Json:
        data = [{"id": bulk.bulk_id, **_totals(bulk), "datetimeAdded": _time(bulk.requested)} for bulk in page.items]
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

    def cancelled_rental(self, rental: Rental) -> Json:
        names = "phone_number country_iso" if self.legacy else "number_id phone_number country_iso"
        number = {"rentId": rental.rent_id, **_pick(rental.offer, names)}
        return {"info": {**number, "creditReturned": rental.refundable}}

    def edited_rental(self, rental: Rental) -> Json:
        return {"info": {"rentId": rental.rent_id, "datetime": self._now()}}

    def rental_status(self, rental: Rental) -> Json:
        return {"info": self._rental_fields(rental)}

    def rentals(self, rentals: Iterable[Rental]) -> Json:
        return {"data": [self._rental_fields(rental) for rental in rentals]}

    def inbound_sms(self, rental: Rental, page: Page[Sms]) -> Json:
        info = {} if self.legacy else {"rentId": rental.rent_id}
        info |= _pick(rental.offer, "phone_number country_iso")
        return {"info": info, "data": [_sms_fields(sms) for sms in page.items], "paging": _paging(page)}

    def webhook(self, event: str, items: Iterable[Any]) -> Json:
        """Return the payload of a webhook, for SMS or for pairs of a bulk lookup ID and a lookup."""
        if event == "receive_sms":
            return {"event": event, "data": [_sms_fields(sms) for sms in items]}
        return {"event": event, "data": [{**self.lookup(lookup), "lookupBulkId": bulk_id} for bulk_id, lookup in items]}

    def _offer_fields(self, offer: Offer) -> Json:
        fields = _pick(offer, "number_id country_iso network_operator setup_cost inbound_sms_cost")
        fields["phoneNumber"] = None if offer.from_pool else offer.phone_number
        if self.legacy:
            return {**fields, **_legacy_offer_fields(offer)}
        fields |= _pick(offer, "features number_type outbound_sms_cost setup_time registration inbound_sms_sender")
        costs = {"minRent": min(offer.costs), "rentCost": _costs(offer)}
        return {**fields, **costs, "datetime": _time(self._clock.started)}

    def _common_rental_fields(self, rental: Rental) -> Json:
        fields = _pick(rental, "rent_id auto_renew callback_url") | _pick(rental.offer, "phone_number country_iso")
        fields |= {"rentStart": _time(rental.start), "rentEnd": _time(rental.end), "rentCost": rental.cost}
        return fields if self.legacy else {**fields, "numberId": rental.offer.number_id, "datetime": self._now()}

    def _rental_fields(self, rental: Rental) -> Json:
        offer, fields = rental.offer, {**self._common_rental_fields(rental), "rentPeriod": rental.period}
        fields |= _pick(offer, "network_operator setup_cost inbound_sms_cost")
        if self.legacy:
            return {**fields, **_legacy_offer_fields(offer)}
        fields |= _pick(offer, "features number_type outbound_sms_cost inbound_sms_sender")
        fields |= {"minRent": min(offer.costs), "renewCost": _costs(offer), "outboundSms": {"total": 0, "cost": 0}}
        fields["inboundSms"] = {"total": len(rental.received), "cost": rental.received_cost}
        return {**fields, "activeRent": rental.active, "approved": rental.approved}

    def _now(self) -> str:
        return _time(self._clock.now())


def _pick(source: object, names: str) -> Json:
    """Return attributes of an object, under their names in JSON."""
    return {wire: getattr(source, name) for name, wire in _wire_names(names)}


@cache
def _wire_names(names: str) -> list[tuple[str, str]]:
    return [(name, re.sub("_(.)", lambda letter: letter[1].upper(), name)) for name in names.split()]


def _sms_fields(sms: Sms) -> Json:
    fields = {"from": sms.sender, "countryIso": sms.sender_country, "receivedAt": _time(sms.received_at)}
    return {**fields, **_pick(sms, "msg_id to text cost")}


def _phone_number(number: Number) -> Json:
    return {"phoneNumber": number.e164, "countryIso": number.country_iso}


def _number_fields(number: Number) -> Json:
    return {**_phone_number(number), "networkOperator": number.network_operator, "timezone": number.timezone}


def _roaming_network(country_iso: str | None) -> Json:
    if country_iso is None:
        return dict.fromkeys(("countryIso", "countryName", "mcc", "mnc", "name"))
    country = {"countryIso": country_iso, "countryName": country_names(country_iso)[0]}
    return {**country, "mcc": mobile_country_code(country_iso), "mnc": "01", "name": "Roaming Mobile"}


def _by_country(numbers: Iterable[Number]) -> Json:
    return {"phoneNumbersByCountry": {"countryCode": dict(Counter(number.country_iso for number in numbers))}}


def _totals(bulk: BulkLookup) -> Json:
    valid, invalid = len(bulk.lookups), len(bulk.invalid)
    return {"totalPhoneNumbers": valid + invalid, "totalValid": valid, "totalCost": bulk.cost}


def _bulk_info(bulk: BulkLookup) -> Json:
    return {"lookupBulkId": bulk.bulk_id, **_totals(bulk), **_by_country(lookup.number for lookup in bulk.lookups)}


def _invalid_numbers(bulk: BulkLookup) -> Json:
    return {"totalInvalid": len(bulk.invalid), "invalid": bulk.invalid}


def _costs(offer: Offer) -> list[Json]:
    return [{"days": days, "cost": cost} for days, cost in offer.costs.items()]


def _legacy_offer_fields(offer: Offer) -> Json:
    directions = (("inbound", RECEIVES_SMS), ("outbound", SENDS_SMS))
    min_rent, highest_cost = min(offer.costs), max(offer.costs.values())
    fields = _pick(offer, "network_operator inbound_sms_cost")
    fields |= {"sms": [name for name, feature in directions if offer.features & feature], "voice": []}
    fields |= {"minRent": None if min_rent == 1 else str(min_rent), "maxRent": str(max(offer.costs))}
    return {**fields, "rentalCost": {str(days): offer.costs.get(days, highest_cost) for days in PERIODS}}


def _paging(page: Page[Any]) -> Json:
    return _pick(page, "next previous size")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
