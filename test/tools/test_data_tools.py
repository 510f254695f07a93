"""Models in pandas, polars, csv, pydantic, FastAPI, IPython, and in tools that read type hints."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import pickle
import pkgutil
import typing
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

import pandas as pd
import polars as pl
import pydantic
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from IPython.lib.pretty import pretty

import smscx_client
from smscx_client import ApiClient, NumbersApi
from smscx_client.models import DataNumberLookup, NumberLookupResponse, RentNumbersResponse
from smscx_client.sandbox import Sandbox

ROW = {
    "phoneNumber": "+33612246450",
    "cost": 0.5,
    "ported": "odd",
    "originalNetwork": {"name": "Orange"},
    "datetime": "2026-01-02 03:04:05",
}
VALUES = {
    "phone_number": "+33612246450",
    "cost": 0.5,
    "ported": "odd",
    "datetime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
}


@pytest.fixture
def offers() -> Iterator[RentNumbersResponse]:
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        yield NumbersApi(client).get_available_numbers("FR")


def result() -> DataNumberLookup:
    return DataNumberLookup.from_dict(dict(ROW))


def test_a_model_is_a_mapping_of_its_fields_and_a_malformed_value_stays_as_it_was_sent() -> None:
    model = result()
    assert isinstance(model, Mapping)
    assert {**model} == dict(model) == dict(model.items()) == dict(zip(model.keys(), model.values(), strict=True))
    assert {name: model[name] for name in VALUES} == VALUES
    assert model["original_network"].name == "Orange"
    assert (len(model), len(list(model)), bool(DataNumberLookup.from_dict({}))) == (5, 5, True)
    assert "roaming" not in dict(model)
    with pytest.raises(smscx_client.ApiTypeError):
        _ = model.ported
    shadowed = DataNumberLookup.from_dict({"phone_number": "an undeclared field"})
    assert dict(shadowed) == {}
    assert pickle.loads(pickle.dumps(model)) == model


def test_pandas_and_polars_have_one_column_per_field() -> None:
    frame = pd.DataFrame([result(), result()])
    assert frame.columns.tolist() == list(result())
    assert frame["datetime"].tolist() == [VALUES["datetime"]] * 2
    table = pl.DataFrame([result(), result()])
    assert table.columns == list(result())
    assert table["datetime"].to_list() == [VALUES["datetime"]] * 2


def test_pandas_and_polars_take_the_data_of_a_response(offers: RentNumbersResponse) -> None:
    assert len(pd.DataFrame(offers.data)) == len(pl.DataFrame(offers.data)) == len(offers.data) > 0
    assert pd.DataFrame(offers.data)["number_id"].tolist() == [offer.number_id for offer in offers.data]


def test_csv_writes_the_fields_of_a_model() -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=["phone_number", "cost"], extrasaction="ignore")
    writer.writeheader()
    writer.writerow(result())
    assert file.getvalue() == "phone_number,cost\r\n+33612246450,0.5\r\n"


def test_pydantic_reads_describes_and_writes_a_model() -> None:
    class Customer(pydantic.BaseModel):
        name: str
        lookup: DataNumberLookup

    customer = Customer(name="Ada", lookup=ROW)  # type: ignore[arg-type]
    assert customer.lookup == result()
    assert Customer.model_validate_json(customer.model_dump_json()) == customer
    schema = pydantic.TypeAdapter(NumberLookupResponse).json_schema()
    assert schema["properties"]["data"]["properties"]["phoneNumber"] == {"type": "string"}
    with pytest.raises(pydantic.ValidationError):
        Customer(name="Ada", lookup=5)  # type: ignore[arg-type]


def test_fastapi_returns_a_model_and_describes_it(offers: RentNumbersResponse) -> None:
    app = FastAPI()

    @app.get("/offers")
    def read_offers() -> RentNumbersResponse:
        return offers

    client = TestClient(app)
    assert client.get("/offers").json() == offers._object()
    content = client.get("/openapi.json").json()["paths"]["/offers"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["properties"]["data"]["type"] == "array"


def test_ipython_shows_few_lines_and_notebooks_a_table(offers: RentNumbersResponse) -> None:
    many = RentNumbersResponse.from_dict({**offers._object(), "data": offers._object()["data"] * 60})
    assert len(pretty(many).splitlines()) < 80
    assert "more" in pretty(many)
    table = many._repr_html_()
    assert table.count("<tr>") == 51
    assert f"The first 50 of {len(many.data):,} rows" in table
    hostile = DataNumberLookup.from_dict({"phoneNumber": "<script>"})
    assert "<script>" not in hostile._repr_html_()


def public_functions() -> Iterator[Any]:
    for info in pkgutil.walk_packages(smscx_client.__path__, "smscx_client."):
        if any(part.startswith("_") for part in info.name.split(".")) or info.name.split(".")[1] in (
            "cli",
            "telemetry",
        ):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != info.name:
                continue
            if inspect.isclass(value):
                yield value
                yield from (method for method in vars(value).values() if inspect.isfunction(method))
            elif inspect.isfunction(value):
                yield value


@pytest.mark.parametrize(
    "function", list(public_functions()), ids=lambda value: f"{value.__module__}.{value.__qualname__}"
)
def test_type_hints_can_be_read(function: Any) -> None:
    typing.get_type_hints(function)


def test_pydantic_checks_the_arguments_of_a_method() -> None:
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        validate = pydantic.validate_call(NumbersApi(client).validate_number)
        assert validate("+33612246450").data.country_iso == "FR"
        with pytest.raises(pydantic.ValidationError):
            validate(33612246450)
