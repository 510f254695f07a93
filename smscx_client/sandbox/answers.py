"""What the service says, in the words of either generation of its API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from smscx_client.sandbox.account import Account, BulkLookup, Lookup, Rent, Sms, Token
from smscx_client.sandbox.errors import INVALID_BULK_ID, NO_SUCH_BULK, DocumentedError
from smscx_client.sandbox.inventory import RECEIVES_SMS, SENDS_SMS, Offer
from smscx_client.sandbox.numbering import STATUSES, Number, country_names, mobile_country_code, subscriber
from smscx_client.sandbox.paging import Page

Json = dict[str, Any]
Generation = Literal["2022-10", "2023-02"]
_OLD_TYPES = {INVALID_BULK_ID: "not_found", NO_SUCH_BULK: "invalid_param"}


class Answers:
    """Turns what an account holds into answers.

    Args:
        generation: ``2022-10`` or ``2023-02``.
        account: Whose answers they are.
    """

    def __init__(self, generation: Generation, account: Account) -> None:
        self._old = generation == "2022-10"
        self._account = account

    def error(self, error: DocumentedError) -> Json:
        kind = _OLD_TYPES.get(error, error.type) if self._old else error.type
        uri = f"https://sms.cx/docs/errors/{error.code}"
        return {"error": {"type": kind, "message": error.message, "uri": uri, "code": error.code}}

    def token(self, token: Token) -> Json:
        return {
            "access_token": token.text,
            "expires_in": token.life,
            "token_type": "Bearer",
            "scope": " ".join(token.scopes),
        }

    # ---- validation and lookups

    def validated(self, number: Number) -> Json:
        return {"data": _described(number)}

    def validated_many(self, checked: list[tuple[str, Number | None]]) -> Json:
        valid = [number for _, number in checked if number is not None]
        return {
            "info": {
                "totalPhoneNumbers": len(checked),
                "totalValid": len(valid),
                "totalInvalid": len(checked) - len(valid),
                "phoneNumbersByCountry": _by_country(valid),
            },
            "data": [
                {"phoneNumber": text, "invalid": True} if number is None else {**_described(number), "invalid": False}
                for text, number in checked
            ],
        }

    def lookup(self, lookup: Lookup) -> Json:
        found = subscriber(lookup.number)
        name, local_name = country_names(lookup.number.country_iso)
        abroad = found.roaming_in
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
            "roaming": abroad is not None,
            "originalNetwork": {"name": found.home.name, "mnc": found.home.mnc},
            "portedNetwork": found.ported_to._asdict() if found.ported_to else {"name": None, "mnc": None},
            "roamingNetwork": {
                "countryIso": abroad,
                "countryName": country_names(abroad)[0] if abroad else None,
                "mcc": mobile_country_code(abroad) if abroad else None,
                "mnc": "01" if abroad else None,
                "name": "Roaming Mobile" if abroad else None,
            },
            "datetime": _time(lookup.asked),
        }

    def bulk_started(self, bulk: BulkLookup) -> Json:
        data = [
            {
                "phoneNumber": lookup.number.e164,
                "countryIso": lookup.number.country_iso,
                "cost": lookup.cost,
                "lookupId": lookup.lookup_id,
                "datetime": _time(lookup.asked),
            }
            for lookup in bulk.lookups
        ]
        return {"info": _bulk_info(bulk), "data": data}

    def bulk_results(self, bulk: BulkLookup, page: Page[Lookup]) -> Json:
        answer: Json = {"info": _bulk_info(bulk), "data": [self.lookup(lookup) for lookup in page.items]}
        return answer if self._old else {**answer, "paging": _paging(page)}

    def bulk_list(self, page: Page[BulkLookup]) -> Json:
        data = [
            {
                "id": bulk.bulk_id,
                "totalPhoneNumbers": bulk.total,
                "totalValid": len(bulk.lookups),
                "totalCost": bulk.cost,
                "datetimeAdded": _time(bulk.asked),
            }
            for bulk in page.items
        ]
        return {"data": data, "paging": _paging(page)}

    # ---- rents

    def offers(self, offers: Iterable[Offer]) -> Json:
        return {"data": [self._offer(offer) for offer in offers]}

    def rent_made(self, rent: Rent) -> Json:
        common = {**self._rent_head(rent), "setupCost": rent.offer.setup_cost}
        if not self._old:
            return {"info": {**common, "approved": rent.approved}}
        offer = rent.offer
        return {"info": {**common, **self._old_offer(offer), "rentPeriod": rent.period, "minRent": _min_rent(offer)}}

    def rent_renewed(self, rent: Rent) -> Json:
        return self.rent_made(rent) if self._old else {"info": self._rent_head(rent)}

    def rent_cancelled(self, rent: Rent, credit_returned: float) -> Json:
        info = {
            "rentId": rent.rent_id,
            "phoneNumber": rent.offer.phone_number,
            "countryIso": rent.offer.country_iso,
            "creditReturned": credit_returned,
        }
        return {"info": info}

    def rent_edited(self, rent: Rent) -> Json:
        return {"info": {"rentId": rent.rent_id, "datetime": self._now()}}

    def rent_status(self, rent: Rent) -> Json:
        return {"info": self._rent(rent)}

    def rents(self, rents: Iterable[Rent]) -> Json:
        return {"data": [self._rent(rent) for rent in rents]}

    def received(self, rent: Rent, page: Page[Sms]) -> Json:
        return {
            "info": {"phoneNumber": rent.offer.phone_number, "countryIso": rent.offer.country_iso},
            "data": [sms_fields(sms) for sms in page.items],
            "paging": _paging(page),
        }

    def _offer(self, offer: Offer) -> Json:
        common: Json = {
            "numberId": offer.number_id,
            "phoneNumber": None if offer.from_pool else offer.phone_number,
            "countryIso": offer.country_iso,
            "networkOperator": offer.network_operator,
            "setupCost": offer.setup_cost,
            "inboundSmsCost": offer.inbound_sms_cost,
        }
        if self._old:
            return {**common, **self._old_offer(offer), "minRent": _min_rent(offer)}
        return {
            **common,
            "minRent": min(offer.costs),
            "features": offer.features,
            "numberType": offer.number_type,
            "outboundSmsCost": offer.outbound_sms_cost,
            "rentCost": _costs(offer),
            "setupTime": "delayed" if offer.delayed else "instant",
            "registration": offer.registration,
            "inboundSmsSender": offer.inbound_sms_sender,
            "datetime": _time(offer.added),
        }

    def _old_offer(self, offer: Offer) -> Json:
        directions = (("inbound", RECEIVES_SMS), ("outbound", SENDS_SMS))
        dearest = max(offer.costs.values())
        return {
            "networkOperator": offer.network_operator,
            "inboundSmsCost": offer.inbound_sms_cost,
            "sms": [name for name, feature in directions if offer.features & feature],
            "voice": [],
            "maxRent": str(max(offer.costs)),
            "rentalCost": {str(days): offer.costs.get(days, dearest) for days in (1, 7, 30)},
        }

    def _rent_head(self, rent: Rent) -> Json:
        head: Json = {
            "rentId": rent.rent_id,
            "phoneNumber": rent.offer.phone_number,
            "countryIso": rent.offer.country_iso,
            "rentStart": _time(rent.start),
            "rentEnd": _time(rent.end),
            "rentCost": rent.cost,
            "autoRenew": rent.auto_renew,
            "callbackUrl": rent.callback_url,
        }
        return head if self._old else {**head, "numberId": rent.offer.number_id, "datetime": self._now()}

    def _rent(self, rent: Rent) -> Json:
        offer = rent.offer
        common: Json = {
            **self._rent_head(rent),
            "networkOperator": offer.network_operator,
            "setupCost": offer.setup_cost,
            "rentPeriod": rent.period,
            "inboundSmsCost": offer.inbound_sms_cost,
        }
        if self._old:
            return {**common, **self._old_offer(offer), "minRent": _min_rent(offer)}
        return {
            **common,
            "minRent": min(offer.costs),
            "features": offer.features,
            "numberType": offer.number_type,
            "outboundSmsCost": offer.outbound_sms_cost,
            "renewCost": _costs(offer),
            "inboundSms": {"total": len(rent.received), "cost": rent.received_cost},
            "outboundSms": {"total": 0, "cost": 0},
            "activeRent": rent.active,
            "approved": rent.approved,
            "inboundSmsSender": offer.inbound_sms_sender,
        }

    def _now(self) -> str:
        return _time(self._account.clock.now())


def sms_fields(sms: Sms) -> Json:
    """An SMS, as answers and webhooks have it."""
    return {
        "msgId": sms.msg_id,
        "from": sms.sender,
        "countryIso": sms.sender_country,
        "to": sms.to,
        "text": sms.text,
        "cost": sms.cost,
        "receivedAt": _time(sms.received_at),
    }


def _described(number: Number) -> Json:
    return {
        "phoneNumber": number.e164,
        "countryIso": number.country_iso,
        "networkOperator": number.network_operator,
        "timezone": number.timezone,
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


def _min_rent(offer: Offer) -> str | None:
    shortest = min(offer.costs)
    return None if shortest == 1 else str(shortest)


def _paging(page: Page[Any]) -> Json:
    return {"next": page.next, "previous": page.previous, "size": page.size}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
