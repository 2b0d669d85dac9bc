"""What holds for the fields of every form of the portal."""

import importlib
import itertools
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Optional

import portal
from portal.fields.day_field import DayField

WHOLE = ("27", "3", "2027")


def every_form() -> Iterator[type[Form]]:
    """Every form class that a module of the portal defines."""
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    edge = [Form]
    while edge:
        for each in edge.pop().__subclasses__():
            edge.append(each)
            if each.__module__.startswith("portal."):
                yield each


def fields_of(form: type[Form]) -> dict[str, UnboundField]:
    named = ((name, getattr(form, name)) for name in dir(form) if not name.startswith("_"))
    return {name: field for name, field in named if isinstance(field, UnboundField)}


def validators_of(field: UnboundField) -> list[Any]:
    given = field.kwargs.get("validators", field.args[1] if len(field.args) > 1 else None)
    return list(given or ())


def test_every_day_is_asked_for_in_the_one_field_that_refuses_half_a_day() -> None:
    forms = list(every_form())
    assert len(forms) > 60
    days = [
        (form.__name__, name, field.field_class)
        for form in forms
        for name, field in fields_of(form).items()
        if issubclass(field.field_class, DateField)
    ]
    assert len(days) > 15
    assert [day for day in days if not issubclass(day[2], DayField)] == []


def test_no_rule_of_a_field_stands_behind_a_validator_that_hides_it_from_an_empty_one() -> None:
    hidden = [
        f"{form.__name__}.{name}"
        for form in every_form()
        for name, field in fields_of(form).items()
        if hasattr(form, f"validate_{name}") and any(isinstance(each, Optional) for each in validators_of(field))
    ]
    assert hidden == []


class Days(Form):
    plain = DayField("")
    optional = DayField("", [Optional()])
    needed = DayField("", [InputRequired("write it")])


def filled(*parts: str) -> Days:
    return Days(MultiDict([(name, part) for name in ("plain", "optional", "needed") for part in parts]))


@pytest.mark.parametrize("blank", [part for size in (1, 2) for part in itertools.combinations(range(3), size)], ids=str)
@pytest.mark.parametrize("empty", ["", " "])
def test_a_part_of_a_day_without_the_others_is_refused(blank: tuple[int, ...], empty: str) -> None:
    form = filled(*(empty if place in blank else part for place, part in enumerate(WHOLE)))
    assert not form.validate()
    assert set(form.errors) == {"plain", "optional", "needed"}


@pytest.mark.parametrize(
    "parts",
    [
        ("31", "13", "2026"),
        ("31", "2", "2027"),
        ("0", "1", "2027"),
        ("31", "12", "9999"),
        ("1", "1", "1899"),
        ("1", "1", "27"),
        ("٣", "3", "2027"),
        ("3 4", "3", "2027"),
        ("x", "3", "2027"),
        ("1" * 19, "3", "2027"),
        ("27",),
        ("27", "3"),
    ],
    ids=str,
)
def test_what_is_no_day_is_refused_and_can_be_shown_again(parts: tuple[str, ...]) -> None:
    form = filled(*parts)
    assert not form.validate()
    assert set(form.errors) == {"plain", "optional", "needed"}
    assert form.plain.raw_data == [*parts, "", ""][:3]


def test_no_day_at_all_is_none_and_a_whole_one_is_read() -> None:
    none = filled("", "", "")
    assert not none.validate()
    assert set(none.errors) == {"needed"}
    assert (none.plain.data, none.optional.data) == (None, None)
    whole = filled(*WHOLE)
    assert whole.validate()
    assert str(whole.optional.data) == "2027-03-27"
