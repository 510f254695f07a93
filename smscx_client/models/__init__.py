"""All models in one place. Each has its own module in :mod:`smscx_client.model`."""

from smscx_client.model.bulk_lookup_campaigns_response import BulkLookupCampaignsResponse
from smscx_client.model.call_back_request_number_lookup import CallBackRequestNumberLookup
from smscx_client.model.call_back_request_receive_sms import CallBackRequestReceiveSms
from smscx_client.model.cancel_rent_response import CancelRentResponse
from smscx_client.model.data_available_numbers_rent import DataAvailableNumbersRent
from smscx_client.model.data_lookup_campaigns import DataLookupCampaigns
from smscx_client.model.data_number_lookup import DataNumberLookup
from smscx_client.model.data_number_lookup_webhook import DataNumberLookupWebhook
from smscx_client.model.data_number_validate import DataNumberValidate
from smscx_client.model.data_numbers_lookup import DataNumbersLookup
from smscx_client.model.data_numbers_validate import DataNumbersValidate
from smscx_client.model.data_receive_sms import DataReceiveSms
from smscx_client.model.data_rented_numbers import DataRentedNumbers
from smscx_client.model.edit_rent_request import EditRentRequest
from smscx_client.model.edit_rent_response import EditRentResponse
from smscx_client.model.error import Error
from smscx_client.model.get_inbound_sms_response import GetInboundSMSResponse
from smscx_client.model.get_rent_status_response import GetRentStatusResponse
from smscx_client.model.inbound_sms import InboundSms
from smscx_client.model.info_cancel_rent import InfoCancelRent
from smscx_client.model.info_edit_rent import InfoEditRent
from smscx_client.model.info_inbound_sms import InfoInboundSms
from smscx_client.model.info_lookup_details import InfoLookupDetails
from smscx_client.model.info_numbers_lookup import InfoNumbersLookup
from smscx_client.model.info_numbers_validate import InfoNumbersValidate
from smscx_client.model.info_renew_number import InfoRenewNumber
from smscx_client.model.info_rent_number import InfoRentNumber
from smscx_client.model.info_rent_status import InfoRentStatus
from smscx_client.model.model400_invalid_param import Model400InvalidParam
from smscx_client.model.model401_unauthorized import Model401Unauthorized
from smscx_client.model.model403_insufficient_scope import Model403InsufficientScope
from smscx_client.model.model404_not_found import Model404NotFound
from smscx_client.model.model405_method_not_allowed import Model405MethodNotAllowed
from smscx_client.model.model429_too_many_requests import Model429TooManyRequests
from smscx_client.model.model500_server_error import Model500ServerError
from smscx_client.model.number_lookup_response import NumberLookupResponse
from smscx_client.model.number_validate_response import NumberValidateResponse
from smscx_client.model.numbers_bulk_lookup_result import NumbersBulkLookupResult
from smscx_client.model.numbers_lookup_request import NumbersLookupRequest
from smscx_client.model.numbers_lookup_response import NumbersLookupResponse
from smscx_client.model.numbers_validate_request import NumbersValidateRequest
from smscx_client.model.numbers_validate_response import NumbersValidateResponse
from smscx_client.model.oauth_token_response import OauthTokenResponse
from smscx_client.model.original_network import OriginalNetwork
from smscx_client.model.outbound_sms import OutboundSms
from smscx_client.model.paging import Paging
from smscx_client.model.phone_numbers_by_country import PhoneNumbersByCountry
from smscx_client.model.ported_network import PortedNetwork
from smscx_client.model.renew_cost import RenewCost
from smscx_client.model.renew_number_response import RenewNumberResponse
from smscx_client.model.renew_rent_request import RenewRentRequest
from smscx_client.model.rent_cost import RentCost
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.model.rent_number_response import RentNumberResponse
from smscx_client.model.rent_numbers_response import RentNumbersResponse
from smscx_client.model.rental_cost import RentalCost
from smscx_client.model.rented_numbers_response import RentedNumbersResponse
from smscx_client.model.roaming_network import RoamingNetwork

__all__ = [
    "BulkLookupCampaignsResponse",
    "CallBackRequestNumberLookup",
    "CallBackRequestReceiveSms",
    "CancelRentResponse",
    "DataAvailableNumbersRent",
    "DataLookupCampaigns",
    "DataNumberLookup",
    "DataNumberLookupWebhook",
    "DataNumberValidate",
    "DataNumbersLookup",
    "DataNumbersValidate",
    "DataReceiveSms",
    "DataRentedNumbers",
    "EditRentRequest",
    "EditRentResponse",
    "Error",
    "GetInboundSMSResponse",
    "GetRentStatusResponse",
    "InboundSms",
    "InfoCancelRent",
    "InfoEditRent",
    "InfoInboundSms",
    "InfoLookupDetails",
    "InfoNumbersLookup",
    "InfoNumbersValidate",
    "InfoRenewNumber",
    "InfoRentNumber",
    "InfoRentStatus",
    "Model400InvalidParam",
    "Model401Unauthorized",
    "Model403InsufficientScope",
    "Model404NotFound",
    "Model405MethodNotAllowed",
    "Model429TooManyRequests",
    "Model500ServerError",
    "NumberLookupResponse",
    "NumberValidateResponse",
    "NumbersBulkLookupResult",
    "NumbersLookupRequest",
    "NumbersLookupResponse",
    "NumbersValidateRequest",
    "NumbersValidateResponse",
    "OauthTokenResponse",
    "OriginalNetwork",
    "OutboundSms",
    "Paging",
    "PhoneNumbersByCountry",
    "PortedNetwork",
    "RenewCost",
    "RenewNumberResponse",
    "RenewRentRequest",
    "RentCost",
    "RentNumberRequest",
    "RentNumberResponse",
    "RentNumbersResponse",
    "RentalCost",
    "RentedNumbersResponse",
    "RoamingNetwork",
]
