"""List French mobile numbers that can receive SMS and are ready at once. This is free."""

from pprint import pprint

from smscx_client import ApiException, NumbersApi

try:
    pprint(NumbersApi().get_available_numbers("FR", features=1, number_type="mobile", setup_time="instant"))
except ApiException as exception:
    print(exception)
