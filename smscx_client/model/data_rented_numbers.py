"""Part of :class:`RentedNumbersResponse`."""

from __future__ import annotations

from smscx_client.model.info_rent_status import InfoRentStatus


class DataRentedNumbers(InfoRentStatus):
    """A rental of the account, with the fields of ``InfoRentStatus``."""
