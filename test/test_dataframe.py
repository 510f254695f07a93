"""DataFrames keep their rows and index, get columns of proper types, and pay once for each number."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smscx_client import ApiTypeError, ApiValueError, Configuration
from smscx_client.sandbox import Sandbox
from support import postgres
from support.journals import charged, french
from support.scripted_server import Reply, Request

pd = pytest.importorskip("pandas")

from smscx_client.dataframe import lookup_frame, validate_frame  # noqa: E402

pytestmark = pytest.mark.journal

PHONES = ["+33612246450", None, "+33612246451", "none", "+33612246450", "+33600000008"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox whose results are there at once."""
    stop = threading.Event()
    with Sandbox(credit=10_000) as running:

        def finish() -> None:
            while not stop.wait(0.02):
                running.finish_lookups()

        thread = threading.Thread(target=finish)
        thread.start()
        yield running
        stop.set()
        thread.join()


@pytest.fixture
def configuration(sandbox: Sandbox) -> Configuration:
    return sandbox.configuration()


def frame() -> object:
    return pd.DataFrame({"id": range(6), "phone": PHONES}, index=list("fedcba"))


def reasons(found: Any) -> list[str | None]:
    return [None if pd.isna(reason) else reason for reason in found["reason"]]


def test_a_looked_up_frame_has_the_same_rows_and_typed_columns(
    configuration: Configuration, sandbox: Sandbox, tmp_path: Path
) -> None:
    given = frame()
    found = lookup_frame(given, "phone", configuration=configuration, journal=tmp_path / "journal")
    assert found.index.tolist() == list("fedcba")
    assert found.columns.tolist()[:2] == ["id", "phone"]
    assert reasons(found) == [None, "missing", None, "invalid", None, "not covered"]
    assert found["phone_e164"].isna().tolist() == [False, True, False, True, False, True]
    assert found["status"].tolist()[0] == found["status"].tolist()[4] == "ACTIVE"
    assert found["cost"].sum() == pytest.approx(0.03)
    assert {name: str(found[name].dtype) for name in ("status", "ported", "cost", "looked_up_at", "phone_e164")} == {
        "status": "category",
        "ported": "boolean",
        "cost": "float64",
        "looked_up_at": "datetime64[us, UTC]",
        "phone_e164": "string",
    }
    assert given.columns.tolist() == ["id", "phone"]
    again = lookup_frame(given, "phone", configuration=configuration, journal=tmp_path / "journal")
    pd.testing.assert_frame_equal(again, found)
    assert charged(sandbox) == Counter({"+33612246450": 1, "+33612246451": 1})


def test_a_validated_frame_says_which_numbers_are_valid(configuration: Configuration, sandbox: Sandbox) -> None:
    found = validate_frame(frame(), "phone", configuration=configuration, prefix="v_")
    assert found["v_valid"].tolist() == [True, pd.NA, True, False, True, True]
    assert found["v_country_iso"].tolist()[0] == "FR"
    assert sandbox.ledger == []


def test_an_empty_frame_gets_the_columns(configuration: Configuration) -> None:
    found = lookup_frame(frame().iloc[:0], "phone", configuration=configuration)
    assert (len(found), str(found["status"].dtype)) == (0, "category")


def test_mistakes_are_reported_before_anything_is_sent(configuration: Configuration, sandbox: Sandbox) -> None:
    given = frame()
    for arguments, options, message in (
        (("telephone",), {}, "no column 'telephone'"),
        (("phone",), {"job": "x"}, "needs a job"),
        (("phone",), {"journal": "postgresql://localhost/x"}, "needs a job"),
        (("phone",), {"journal": "postgresql://localhost/x", "job": "x", "max_cost": 5}, "max_price"),
    ):
        with pytest.raises(ApiValueError, match=message):
            lookup_frame(given, *arguments, configuration=configuration, **options)
    with pytest.raises(ApiValueError, match="'status' already; pass a prefix"):
        lookup_frame(given.assign(status=1), "phone", configuration=configuration)
    with pytest.raises(ApiTypeError):
        lookup_frame([], "phone", configuration=configuration)
    with pytest.raises(ApiTypeError, match="numbers must be str"):
        lookup_frame(given, "id", configuration=configuration)
    assert sandbox.ledger == []


def test_a_dask_frame_is_lazy_and_its_partitions_pay_once(configuration: Configuration, sandbox: Sandbox) -> None:
    dd = pytest.importorskip("dask.dataframe")
    url = postgres.empty_database()
    numbers = french(60)
    options = {"configuration": configuration, "journal": url, "job": "j", "max_cost": 1.0, "max_price": 0.01}
    given = pd.DataFrame({"phone": [*numbers, numbers[0]]})
    lazy = lookup_frame(dd.from_pandas(given, npartitions=4), "phone", **options)
    assert sandbox.ledger == []
    found = lazy.compute(scheduler="threads")
    assert found["phone_e164"].tolist() == given["phone"].tolist()
    assert list(lazy.columns) == list(found.columns)
    again = lookup_frame(dd.from_pandas(given, npartitions=3), "phone", **options).compute(scheduler="threads")
    assert again["phone_e164"].tolist() == given["phone"].tolist()
    assert charged(sandbox) == Counter(numbers)
    with pytest.raises(ApiValueError, match="workers share"):
        lookup_frame(dd.from_pandas(given, npartitions=2), "phone", configuration=configuration, journal="file")


def test_partitions_with_different_categories_are_put_together(configuration: Configuration) -> None:
    dd = pytest.importorskip("dask.dataframe")
    given = frame().reset_index(drop=True)
    lazy = validate_frame(dd.from_pandas(given, npartitions=6), "phone", configuration=configuration)
    found = lazy.compute(scheduler="threads")
    assert reasons(found) == [None, "missing", None, "invalid", None, None]
    assert found.dtypes.astype(str).tolist() == lazy.dtypes.astype(str).tolist()


def test_a_malformed_field_of_a_result_is_a_missing_value(serve: Any, tmp_path: Path) -> None:
    results = [
        {"phoneNumber": "+33612246450", "cost": "much", "status": ["A"], "datetime": "soon", "ported": "no"},
        {"phoneNumber": "+33612246451", "cost": 0.5, "status": "ACTIVE", "portedNetwork": [], "datetime": 5},
    ]

    def answer(request: Request) -> Reply:
        if request.method == "POST":
            return Reply(body={"info": {"lookupBulkId": "b", "totalCost": 1.0, "totalValid": 2}, "data": []})
        listed = not request.path.rpartition("/")[2].startswith("b")
        return Reply(body={"info": {"totalValid": 2}, "data": [] if listed else results})

    given = pd.DataFrame({"phone": ["+33612246450", "+33612246451"]})
    configuration = Configuration(serve(answer).url, "key")
    found = lookup_frame(given, "phone", configuration=configuration, journal=tmp_path / "journal")
    assert found["phone_e164"].tolist() == given["phone"].tolist()
    assert found["cost"].isna().tolist() == found["status"].isna().tolist() == [True, False]
    assert found[["looked_up_at", "ported", "operator"]].isna().all(axis=None)
