"""Model: a typed view of a JSON object."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
import time
from datetime import datetime, timedelta, timezone
from pprint import pformat
from typing import Annotated, Any, Literal

import pytest

from smscx_client import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError
from smscx_client._field_types import field_type_of, python_name, wire_name
from smscx_client.model_utils import (
    UNSET,
    Model,
    Nullable,
    Range,
    Since,
    Since2023,
    Size,
    Until,
    Until2023,
    Wire,
)


class Part(Model):
    """A part of a whole."""

    name: str
    weight: Nullable[float] = UNSET


class Whole(Model):
    """A model with a field of every type."""

    whole_id: str
    parts: list[Part]
    colour: Literal["red", "green"] | None = UNSET
    count: Annotated[int, Range(1, 9)] | None = UNSET
    ready: bool | None = UNSET
    made_at: datetime | None = UNSET
    main_part: Nullable[Part] = UNSET
    tags: Annotated[list[str], Size(1, 3)] | None = UNSET
    shades: list[Literal["dark", "light"]] | None = UNSET
    sizes: dict[str, int] | None = UNSET
    length: Nullable[str | int] = UNSET
    _from: str | None = UNSET
    snake_case: Annotated[str, Wire("snake_case")] | None = UNSET


class Change(Model, min_fields=1):
    """A model that cannot be sent empty."""

    size: Nullable[int] = UNSET


class Special(Part):
    """A model with the fields of another."""

    price: float | None = UNSET


class Renamed(Special):
    """A model with no field of its own."""


def sent() -> dict[str, Any]:
    return {
        "wholeId": "w",
        "parts": [{"name": "a", "weight": 1}, {"name": "b", "weight": None}],
        "madeAt": "2021-07-12 14:54:13",
        "mainPart": {"name": "a"},
        "from": "+33612424105",
        "brandNew": {"innerKey": 1},
    }


def test_python_names_and_wire_names_follow_one_rule() -> None:
    assert [wire_name(name) for name in ("rent_id", "_from", "_30", "data", "a_b_c")] == [
        "rentId",
        "from",
        "30",
        "data",
        "aBC",
    ]
    assert [python_name(wire) for wire in ("rentId", "data", "brandNewField", "id2Name")] == [
        "rent_id",
        "data",
        "brand_new_field",
        "id2_name",
    ]


def test_fields_read_the_json_object() -> None:
    whole = Whole.from_dict(sent())
    assert (whole.whole_id, whole._from, whole.colour) == ("w", "+33612424105", None)
    assert [part.name for part in whole.parts] == ["a", "b"]
    assert whole.made_at == datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc)
    assert whole.main_part == Part("a")


def test_a_nested_value_is_built_once() -> None:
    whole = Whole.from_dict(sent())
    assert whole.parts is whole.parts
    assert whole.parts[0] is whole.parts[0]
    assert whole.main_part is whole.main_part
    assert whole.made_at is whole.made_at


def test_threads_that_read_a_field_first_get_the_same_object() -> None:
    for _ in range(50):
        whole, barrier, seen = Whole.from_dict(sent()), threading.Barrier(4), []

        def read(whole: Whole = whole, barrier: threading.Barrier = barrier, seen: list[object] = seen) -> None:
            barrier.wait()
            seen.append(whole.parts)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(parts is seen[0] for parts in seen)


def test_missing_and_null_stay_distinct() -> None:
    whole = Whole.from_dict({"wholeId": "w", "parts": [], "mainPart": None})
    assert (whole.main_part, "main_part" in whole) == (None, True)
    assert (whole.made_at, "made_at" in whole) == (None, False)
    whole.length = None
    assert whole.to_json() == '{"wholeId":"w","parts":[],"mainPart":null,"length":null}'
    del whole.length
    del whole.main_part
    assert whole.to_json() == '{"wholeId":"w","parts":[]}'
    del whole.made_at
    assert whole.made_at is None


def test_required_fields_are_positional_or_keyword_and_optional_ones_keyword_only() -> None:
    assert Whole("w", [Part("a")], count=2).to_json() == '{"wholeId":"w","parts":[{"name":"a"}],"count":2}'
    assert Whole(parts=[], whole_id="w") == Whole("w", [])
    assert Whole("w", [], count=UNSET) == Whole("w", [])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Whole("w"), "Whole.parts is missing; it must be list\\[Part\\]"),
        (lambda: Whole("w", [], "red"), "Whole takes 2 fields by position, not 3"),
        (lambda: Whole("w", [], whole_id="x"), "Whole.whole_id was passed by position and by name"),
        (lambda: Whole("w", [], color="red"), "Whole has no field 'color'; valid fields: whole_id, parts, colour"),
        (lambda: Whole(5, []), "Whole.whole_id must be str, not 5 \\(int\\)"),
        (lambda: Whole(None, []), "Whole.whole_id must be str, not None$"),
        (lambda: Whole("w", [], ready=None), "Whole.ready must be bool, not None; omit it instead"),
        (lambda: Whole("w", [], ready=1), "Whole.ready must be bool, not 1 \\(int\\)"),
        (lambda: Whole("w", [], count=True), "Whole.count must be int, not True"),
        (lambda: Whole("w", [], count=1.0), "Whole.count must be int, not 1.0 \\(float\\)"),
        (lambda: Whole("w", ()), "Whole.parts must be list\\[Part\\], not tuple"),
        (lambda: Whole("w", [{"name": "a"}]), "Whole.parts\\[0\\] must be Part, not dict"),
        (lambda: Whole("w", [], main_part={"name": "a"}), "Whole.main_part must be Part, not dict"),
        (lambda: Whole("w", [], tags=["a", 5]), "Whole.tags\\[1\\] must be str, not 5 \\(int\\)"),
        (lambda: Whole("w", [], tags="abc"), "Whole.tags must be list\\[str\\]"),
        (lambda: Whole("w", [], sizes=[]), "Whole.sizes must be dict\\[str, int\\]"),
        (lambda: Whole("w", [], length=1.5), "Whole.length must be str or int"),
        (lambda: Whole("w", [], made_at="2021-07-12"), "Whole.made_at must be datetime"),
        (lambda: Part("a", weight="heavy"), "Part.weight must be float"),
    ],
)
def test_a_wrong_type_raises_when_it_is_set(make: Any, message: str) -> None:
    with pytest.raises(ApiTypeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Whole("w", [], colour="blue"), "Whole.colour must be one of 'red', 'green', not 'blue'"),
        (lambda: Whole("w", [], shades=["dark", "grey"]), "Whole.shades\\[1\\] must be one of 'dark', 'light'"),
        (lambda: Whole("w", [], count=0), "Whole.count must be 1 to 9, not 0"),
        (lambda: Whole("w", [], count=10), "Whole.count must be 1 to 9, not 10"),
        (lambda: Whole("w", [], tags=[]), "the length of Whole.tags must be 1 to 3, not 0"),
        (lambda: Whole("w", [], tags=list("abcd")), "the length of Whole.tags must be 1 to 3, not 4"),
        (lambda: Whole("w", [], made_at=datetime(2021, 1, 1)), "Whole.made_at must be an aware datetime"),
    ],
)
def test_a_value_that_is_not_allowed_raises_when_it_is_set(make: Any, message: str) -> None:
    with pytest.raises(ApiValueError, match=message):
        make()


def test_no_message_shows_a_possible_phone_number() -> None:
    for make in (lambda: Whole("w", [], colour="+33612424105"), lambda: Part(33612424105)):  # type: ignore[arg-type]
        with pytest.raises((ApiTypeError, ApiValueError)) as caught:
            make()
        assert "33612424105" not in str(caught.value)


def test_a_rejected_value_leaves_the_model_unchanged() -> None:
    whole = Whole("w", [], count=2)
    with pytest.raises(ApiValueError):
        whole.count = 99
    assert whole.count == 2


def test_a_malformed_field_raises_only_for_the_caller_that_reads_it() -> None:
    odd = {
        "wholeId": 5,
        "parts": [{"name": "a"}, "b"],
        "madeAt": "soon",
        "mainPart": [],
        "count": "many",
        "ready": None,
    }
    whole = Whole.from_dict(odd)
    for field in ("whole_id", "main_part", "count"):
        with pytest.raises(ApiTypeError, match=f"Whole.{field}: the service sent"):
            getattr(whole, field)
    with pytest.raises(ApiTypeError, match="Whole.parts\\[1\\]: the service sent 'b' \\(str\\), not Part"):
        _ = whole.parts
    with pytest.raises(ApiValueError, match="Whole.made_at: the service sent a value that is not a date"):
        _ = whole.made_at
    assert whole.ready is None
    assert whole.to_dict() == {
        "whole_id": 5,
        "parts": [{"name": "a"}, "b"],
        "made_at": "soon",
        "main_part": [],
        "count": "many",
        "ready": None,
    }
    assert Whole.from_json(whole.to_json()) == whole


@pytest.mark.parametrize(
    "text", ["2021-07-12 14:54:13", "2021-07-12T14:54:13Z", "2021-07-12T16:54:13+02:00", "12 Jul 2021 14:54:13"]
)
def test_every_date_format_is_read_as_utc(text: str) -> None:
    made_at = Whole.from_dict({"madeAt": text}).made_at
    assert made_at == datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc)
    assert made_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["12", "July", "14:54", "12 Jul", "12 Jul 2021 14:54 EST", "0001-01-01T00:00:00+05:00", "9" * 30, "", "soon"],
)
def test_an_incomplete_or_ambiguous_date_is_not_a_date(text: str) -> None:
    whole = Whole.from_dict({"madeAt": text})
    with pytest.raises(ApiValueError, match="Whole.made_at: the service sent a value that is not a date"):
        _ = whole.made_at
    assert whole.to_dict() == {"made_at": text}


def test_a_date_that_does_not_exist_in_utc_cannot_be_set() -> None:
    with pytest.raises(ApiValueError, match="Whole.made_at"):
        Whole("w", [], made_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))))


def test_a_model_can_be_serialized_while_another_thread_reads_it() -> None:
    for _ in range(20):
        whole = Whole.from_dict({**sent(), "parts": [{"name": str(number)} for number in range(5000)]})
        _ = whole.parts
        reader = threading.Thread(target=lambda whole=whole: (whole.made_at, whole.main_part))
        reader.start()
        whole.to_json()
        reader.join()


def test_a_model_nested_too_deeply_for_pprint_is_printed() -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    model = Model.from_dict({"deep": deep})
    assert repr(model).count("[") == 401
    assert pickle.loads(pickle.dumps(model)) == model


def test_a_date_is_written_in_utc() -> None:
    made_at = datetime(2021, 7, 12, 16, 54, 13, tzinfo=timezone(timedelta(hours=2)))
    whole = Whole("w", [], made_at=made_at)
    assert '"madeAt":"2021-07-12 14:54:13"' in whole.to_json()
    assert whole.made_at == made_at


def test_unknown_fields_are_kept_read_and_sent_back() -> None:
    whole = Whole.from_dict(sent())
    assert whole.brand_new == {"innerKey": 1}  # type: ignore[attr-defined]
    assert whole["brand_new"] == whole.get("brandNew") == {"innerKey": 1}
    assert whole.to_dict()["brand_new"] == {"innerKey": 1}
    assert '"brandNew":{"innerKey":1}' in whole.to_json()
    del whole["brand_new"]
    assert "brand_new" not in whole


def test_unknown_fields_never_hide_known_ones() -> None:
    whole = Whole.from_dict({"wholeId": "w", "whole_id": "other", "validate": 1, "to_dict": 2, "Parts": 3})
    assert whole.to_dict() == {"whole_id": "w", "validate": 1, "to_dict": 2, "Parts": 3}
    assert (whole.whole_id, whole["validate"], callable(whole.validate)) == ("w", 1, True)


def test_to_dict_has_python_names_down_to_the_leaves_and_pprint_shows_it() -> None:
    whole = Whole.from_dict(sent())
    assert whole.to_dict() == {
        "whole_id": "w",
        "parts": [{"name": "a", "weight": 1}, {"name": "b", "weight": None}],
        "made_at": datetime(2021, 7, 12, 14, 54, 13, tzinfo=timezone.utc),
        "main_part": {"name": "a"},
        "_from": "+33612424105",
        "brand_new": {"innerKey": 1},
    }
    assert pformat(whole) == str(whole) == whole.to_str() == pformat(whole.to_dict())
    assert pformat(Part("a")) == "{'name': 'a'}"


def test_json_round_trips() -> None:
    whole = Whole.from_dict(sent())
    assert Whole.from_json(whole.to_json()) == whole
    assert Whole.from_json(whole.to_json().encode()) == whole


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "5", b"\xff", "[" * 100_000])
def test_from_json_accepts_only_json_objects(text: str | bytes) -> None:
    with pytest.raises(ApiValueError, match="Whole.from_json"):
        Whole.from_json(text)


def test_a_model_can_be_read_like_a_mapping() -> None:
    whole = Whole.from_dict(sent())
    assert whole["whole_id"] == "w"
    assert whole.get("count", 7) == 7
    assert list(whole) == ["whole_id", "parts", "made_at", "main_part", "_from", "brand_new"]
    whole["count"] = 3
    assert whole.count == 3
    del whole["count"]
    for action in (lambda: whole["count"], lambda: whole.__delitem__("count"), lambda: whole["no such"]):
        with pytest.raises(ApiKeyError, match="^Whole has no '"):
            action()
    assert 5 not in whole


def test_misspelt_fields_raise() -> None:
    whole = Whole.from_dict(sent())
    with pytest.raises(ApiAttributeError, match="Whole has no 'color'"):
        _ = whole.color  # type: ignore[attr-defined]
    with pytest.raises(ApiAttributeError, match="Whole has no field 'color'"):
        whole.color = "red"  # type: ignore[attr-defined]
    with pytest.raises(ApiAttributeError, match="this Whole is not the response of a call"):
        _ = whole.http_info
    assert not hasattr(whole, "_private")


def test_changes_to_a_list_of_models_are_sent() -> None:
    whole = Whole.from_dict(sent())
    whole.parts.append(Part("c"))
    whole.parts[0].weight = 9
    assert [part["name"] for part in whole.to_dict()["parts"]] == ["a", "b", "c"]
    assert '"parts":[{"name":"a","weight":9},' in whole.to_json()
    del whole.parts[1:]
    assert whole == Whole.from_dict({**sent(), "parts": [{"name": "a", "weight": 9}]})
    assert whole.parts is whole.parts


def test_a_new_value_replaces_the_cached_one() -> None:
    whole = Whole.from_dict(sent())
    _ = whole.main_part, whole.made_at
    whole.main_part = other = Part("z")
    whole.made_at = datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert whole.main_part is other
    assert whole.made_at.year == 2030
    del whole.main_part
    assert whole.main_part is None


def test_validate_finds_what_cannot_be_sent() -> None:
    with pytest.raises(ApiTypeError, match="Whole.parts is missing"):
        Whole.from_dict({"wholeId": "w"}).validate()
    with pytest.raises(ApiTypeError, match="Whole.count must be int"):
        Whole.from_dict({"wholeId": "w", "parts": [], "count": "2"}).validate()
    with pytest.raises(ApiTypeError, match="Part.name is missing"):
        Whole.from_dict({"wholeId": "w", "parts": [{}]}).validate()
    whole = Whole("w", [], tags=["a"])
    whole.tags.append(5)  # type: ignore[arg-type, union-attr]
    with pytest.raises(ApiTypeError, match="Whole.tags\\[1\\]"):
        whole.validate()
    whole = Whole("w", [Part("a")])
    whole.parts.append("b")  # type: ignore[arg-type]
    with pytest.raises(ApiTypeError, match="Whole.parts\\[1\\] must be Part"):
        whole.validate()
    Whole.from_dict(sent()).validate()


def test_a_model_that_needs_a_field_cannot_be_sent_empty() -> None:
    with pytest.raises(ApiValueError, match="Change has nothing to send; set size"):
        Change().validate()
    Change(size=None).validate()


def test_models_are_equal_if_class_and_content_are() -> None:
    assert Part("a") == Part("a") != Part("b")
    assert Part("a") != Special("a")
    assert Part("a") != {"name": "a"}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Part("a"))


def test_copies_and_pickles_are_equal_and_independent() -> None:
    whole = Whole.from_dict(sent())
    _ = whole.parts
    for twin in (copy.copy(whole), copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        assert twin == whole
        twin.whole_id = "other"
        assert whole.whole_id == "w"


def test_a_model_can_inherit_fields() -> None:
    assert list(Special.fields) == ["name", "weight", "price"]
    assert Special("a", price=1.5).to_json() == '{"name":"a","price":1.5}'
    assert [field.required for field in Special.fields.values()] == [True, False, False]
    assert Renamed.fields == Special.fields
    assert Renamed("a", weight=1).to_dict() == {"name": "a", "weight": 1}


def test_the_signature_shows_the_fields() -> None:
    signature = inspect.signature(Whole)
    assert list(signature.parameters)[:3] == ["whole_id", "parts", "colour"]
    assert signature.parameters["whole_id"].default is inspect.Parameter.empty
    assert signature.parameters["colour"].kind is inspect.Parameter.KEYWORD_ONLY
    assert repr(signature.parameters["colour"].default) == "UNSET"


def test_a_plain_model_views_any_object() -> None:
    model = Model.from_dict({"accountBalance": 5})
    assert model.account_balance == 5  # type: ignore[attr-defined]
    assert model.to_dict() == {"account_balance": 5}


def test_a_hint_without_a_field_type_is_a_mistake_in_the_declaration() -> None:
    with pytest.raises(TypeError, match="no field type"):
        field_type_of(complex)


def test_from_dict_accepts_only_a_dict() -> None:
    with pytest.raises(ApiTypeError, match="Part.from_dict takes a dict, not list"):
        Part.from_dict([])  # type: ignore[arg-type]


def test_markers_of_different_classes_are_not_equal() -> None:
    """If markers were tuples, typing would merge the two hints."""
    assert Since("2023-02") == Since("2023-02") != Until("2023-02")
    assert hash(Since("2023-02")) == hash(Since("2023-02"))
    assert repr(Size(1, 3)) == "Size(1, 3)"
    assert field_type_of(Since2023[str])[1] == (Since("2023-02"),)
    assert field_type_of(Until2023[str])[1] == (Until("2023-02"),)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 1_000_000,
        " " * 1_000_000,
        "1 " * 500_000,
        "10:" * 333_333,
        "2021-07-12 " + "x" * 54,
        "1e999999",
        "9e99999",
    ],
    ids=["digits", "spaces", "pairs", "times", "65 characters", "exponent", "other exponent"],
)
def test_a_date_that_costs_time_or_breaks_the_parser_is_not_a_date(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ApiValueError, match="not a date"):
        _ = Whole.from_dict({"wholeId": "w", "madeAt": text}).made_at
    assert time.process_time() - started < 5
