"""Part of :class:`RentedNumbersResponse`."""

from __future__ import annotations

from smscx_client.model.info_rent_status import InfoRentStatus


class DataRentedNumbers(InfoRentStatus):
    """One rent of the account, with the fields that ``get_rent_status`` has for it."""
