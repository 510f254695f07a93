"""The example on the page of each model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smscx_client import models
from smscx_client.model_utils import Model

PAGES = Path(__file__).parent.parent / "docs" / "model"


def example(name: str) -> Model:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    language, text = re.findall(r"^```(\w+)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)[0]
    if language == "python":
        variables: dict[str, Model] = {}
        exec(text, variables)
        model = variables["request"]
    else:
        model = getattr(models, name).from_json(text)
    assert type(model) is getattr(models, name)
    return model


@pytest.mark.parametrize("name", models.__all__)
def test_the_example_of_a_model_is_valid_and_has_all_required_fields(name: str) -> None:
    model = example(name)
    model.validate()
    required = {field for field, declared in type(model).fields.items() if declared.required}
    assert required <= set(model.to_dict())
