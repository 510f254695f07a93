"""Rentals, and the numbers that are available for rent."""

from __future__ import annotations

from smscx_client.sandbox import errors
from smscx_client.sandbox.endpoints import Call
from smscx_client.sandbox.errors import ServiceError
from smscx_client.sandbox.numbering import is_country
from smscx_client.sandbox.pagination import newest_first
from smscx_client.sandbox.parameters import check_id
from smscx_client.sandbox.rentals import Rental
from smscx_client.sandbox.responses import Json


def get_available_numbers(call: Call, country_iso: str) -> Json:
    """List the numbers of a country that are available for rent."""
    if not is_country(country_iso):
        raise ServiceError(errors.INVALID_COUNTRY)
    offers = call.account.rentals.offers(country_iso.upper())
    if call.serializer.legacy:
        return call.serializer.offers(offers)
    matches = call.parameters.offer_filter()
    setup_time = call.parameters.choice("setup_time", "instant", "delayed")
    registration = call.parameters.boolean("registration")
    return call.serializer.offers(
        offer
        for offer in offers
        if matches(offer) and setup_time in (None, offer.setup_time) and registration in (None, offer.registration)
    )


def get_rented_numbers(call: Call) -> Json:
    """List rentals; in API version 2022-10 only active ones."""
    rentals = call.account.rentals.current()
    if call.serializer.legacy:
        return call.serializer.rentals(rental for rental in rentals if rental.active)
    parameters = call.parameters.lenient()
    matches, active, country = parameters.offer_filter(), parameters.boolean("active_rent"), parameters.country()
    return call.serializer.rentals(
        rental
        for rental in rentals
        if matches(rental.offer) and active in (None, rental.active) and country in (None, rental.offer.country_iso)
    )


def rent_number(call: Call) -> Json:
    """Rent a number."""
    parameters = call.parameters
    number_id = check_id(parameters.body.get("numberId"), errors.INVALID_NUMBER_ID)
    period = parameters.rent_period()
    if period is None:
        raise ServiceError(errors.INVALID_RENT_PERIOD)
    registration_id = parameters.body.get("registrationId")
    if registration_id is not None:
        registration_id = check_id(registration_id, errors.INVALID_REGISTRATION_ID)
    callback_url, auto_renew = parameters.callback_url(), parameters.auto_renew()
    rental = call.account.rentals.rent(number_id, period, auto_renew, callback_url, registration_id)
    return call.serializer.new_rental(rental)


def get_rent_status(call: Call, rent_id: str) -> Json:
    """Return a rental."""
    return call.serializer.rental_status(_rental(call, rent_id))


def renew_rent(call: Call, rent_id: str) -> Json:
    """Renew a rental."""
    rental = _rental(call, rent_id)
    period, auto_renew = call.parameters.rent_period(), call.parameters.auto_renew()
    call.account.rentals.renew(rental.rent_id, period, auto_renew, _new_callback_url(call, rental))
    return call.serializer.renewed_rental(rental)


def cancel_rent(call: Call, rent_id: str) -> Json:
    """Cancel a rental."""
    rental = _rental(call, rent_id)
    return call.serializer.cancelled_rental(rental, call.account.rentals.cancel(rental.rent_id))


def edit_rent_settings(call: Call, rent_id: str) -> Json:
    """Change the settings of a rental that the body names."""
    rental = _rental(call, rent_id)
    body = call.parameters.body
    if not {"autoRenew", "callbackUrl"} & body.keys():
        raise ServiceError(errors.NO_SETTINGS_TO_EDIT)
    auto_renew = call.parameters.auto_renew() if "autoRenew" in body else rental.auto_renew
    rental.callback_url = _new_callback_url(call, rental)
    rental.auto_renew = auto_renew
    return call.serializer.edited_rental(rental)


def get_inbound_sms(call: Call, rent_id: str) -> Json:
    """List the SMS that a rented number has received, newest first."""
    rental = _rental(call, rent_id)
    page = newest_first(rental.received, call.parameters.limit(), call.parameters.cursor())
    return call.serializer.inbound_sms(rental, page)


def _rental(call: Call, rent_id: str) -> Rental:
    return call.account.rentals.find(check_id(rent_id, errors.INVALID_RENTAL_ID))


def _new_callback_url(call: Call, rental: Rental) -> str | None:
    return call.parameters.callback_url() if "callbackUrl" in call.parameters.body else rental.callback_url
