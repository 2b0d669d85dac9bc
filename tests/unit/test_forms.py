"""The base that all forms stand on."""

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import flask_wtf
import pytest
import wtforms
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.form import Form, Search
from portal.fields.messages import WORDS, Messages
from portal.words.refusals import words_of
from tests.walkers.test_vocabularies import MODULES
from vault import clock
from vault.refusals import Refused


@pytest.fixture(autouse=True)
def _in_a_request() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "a secret of the tests alone"
    Babel(app)
    with app.test_request_context():
        yield


class Sample(Search):
    """A field of each kind."""

    line = StringField("Line", [Length(max=10)])
    text = TextAreaField("Text")
    day = DayField("Day")
    box = BooleanField("Box")
    choice = RadioField("Choice", [InputRequired()], choices=choices([("a", "A")]))


def sent(form: type[Search] = Sample, **fields: Any) -> Any:
    """A form with what somebody sent."""
    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    return form(MultiDict(pairs))


@pytest.mark.parametrize("name", ["line", "text"])
def test_a_sign_that_no_text_has_is_taken_out_and_told_of(name: str) -> None:
    form = sent(choice="a", **{name: "one\x00two"})
    assert not form.validate()
    assert form[name].data == "onetwo"
    assert list(form.errors) == [name]


@pytest.mark.parametrize("blank", [" ", "\n", "\u2028 ", "\x00"])
def test_blanks_alone_are_no_text(blank: str) -> None:
    assert sent(text=blank).text.data == ""


def test_a_line_is_one_line_and_a_text_has_many() -> None:
    form = sent(line="a\nb", text="a\nb", choice="a")
    assert not form.validate()
    assert list(form.errors) == ["line"]
    assert form.text.data == "a\nb"


def test_a_box_is_ticked_or_not_and_nothing_else() -> None:
    assert sent(choice="a", box="y").box.data
    form = sent(choice="a", box="perhaps")
    assert not form.validate()
    assert form.box.data is False


@pytest.mark.parametrize(
    "parts",
    [
        ["", "3", "2027"],
        ["1", "", "2027"],
        ["1", "3", ""],
        ["1", "3"],
        ["31", "2", "2027"],
        ["1", "13", "2027"],
        ["1", "1", "1900"],
        ["1", "1", "9999"],
        ["1", "1", "0027"],
        ["9" * 19, "1", "2027"],
        ["a", "b", "c"],
    ],
)
@pytest.mark.parametrize("validators", [[], [Optional()]])
def test_what_is_no_whole_day_is_an_error_whatever_stands_before_it(parts: list[str], validators: list[Any]) -> None:
    class WithDay(Search):
        day = DayField("Day", validators)

    form = sent(WithDay, day=parts)
    assert not form.validate()
    assert form.day.data is None
    assert form.summary == [(str(form.day.errors[0]), "day-day")]


def test_empty_inputs_are_no_day_and_a_whole_one_is_itself() -> None:
    form = sent(choice="a", day=["", "", ""])
    assert form.validate()
    assert form.day.data is None
    tomorrow = clock.now().date() + timedelta(days=1)
    assert sent(day=[str(tomorrow.day), str(tomorrow.month), str(tomorrow.year)]).day.data == tomorrow


def test_a_field_says_itself_how_far_its_day_may_lie() -> None:
    class Near(Search):
        day = DayField("Day", years_back=0, years_ahead=1)

    this_year = clock.now().year
    assert [sent(Near, day=["1", "6", str(this_year + years)]).validate() for years in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]
    assert isinstance(sent(Near, day=["1", "6", str(this_year)]).day.data, date)


def test_a_rule_of_a_field_that_may_be_empty_cannot_be_hidden() -> None:
    class Hidden(Search):
        line = StringField("Line", [Optional()])

        def validate_line(self, _field: Any) -> None:
            """Would never see an empty field."""

    with pytest.raises(TypeError, match="Optional"):
        Hidden()


def test_an_error_in_a_rule_is_no_refusal() -> None:
    class Faulty(Search):
        line = StringField("Line")

        def validate_line(self, _field: Any) -> None:
            """A programming error."""
            int("words")

    with pytest.raises(ValueError, match="words") as raised:
        sent(Faulty, line="x").validate()
    assert not isinstance(raised.value, ValidationError)


def test_a_refusal_stands_at_its_field_or_at_the_first_one() -> None:
    class OfLine(Refused):
        field = "line"

    class OfAll(Refused):
        """Names no field."""

    words = pytest.MonkeyPatch()
    words.setattr("portal.fields.form.words_of", lambda refusal: type(refusal).__name__)
    for refusal, name in ((OfLine(), "line"), (OfAll(), "day")):

        class Two(Search):
            day = DayField("Day")
            line = StringField("Line")

        form = Two().set_apart("first")
        form.refuse(refusal)
        ending = "-day" if name == "day" else ""
        assert form.summary == [(type(refusal).__name__, f"first-{name}{ending}")]
    words.undo()


def test_a_field_is_not_called_as_something_that_forms_have() -> None:
    class Clash(Search):
        summary = StringField("Summary")

    with pytest.raises(TypeError, match="summary"):
        Clash()


def test_a_form_sent_without_a_single_field_is_empty_and_not_as_it_was_drawn() -> None:
    app = Flask(__name__)
    app.secret_key = "a secret of the tests alone"
    Babel(app)

    class Drawn(Form):
        line = StringField("Line", [InputRequired()])

    with app.test_request_context(method="POST"):
        app.config["WTF_CSRF_ENABLED"] = False
        assert not Drawn(data={"line": "as drawn"}).validate()


def said_by(package: Any) -> Iterator[tuple[str, bool]]:
    """The messages in the source of a library, and whether each is one of two forms."""
    for path in Path(package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if named and node.func.attr in ("gettext", "ngettext") and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, node.func.attr == "ngettext"


def test_everything_that_the_libraries_say_is_said_in_our_words() -> None:
    # What a programmer is told, and no reader.
    programmers = {"Choices cannot be None."}
    found = {*said_by(wtforms), *said_by(flask_wtf)}
    assert len(found) > 30
    assert {words for words, counted in found if not counted} - programmers <= WORDS.keys()
    for words, counted in found:
        if counted:
            assert Messages().ngettext(words, words, 3) != words


def kinds(of: type[Refused]) -> Iterator[type[Refused]]:
    """Every kind of refusal."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_kind_of_refusal_has_words() -> None:
    assert MODULES
    from mhpss.referral.referrals import MoreNeeded

    # It is said at the field that is missing.
    ours = [kind for kind in kinds(Refused) if not kind.__module__.startswith("tests") and kind is not MoreNeeded]
    assert len(ours) > 30
    for kind in ours:
        assert str(words_of(kind.__new__(kind))), kind


def test_no_desk_catches_what_a_programming_error_raises() -> None:
    broad = {"ValueError", "KeyError", "LookupError", "TypeError", "Exception"}
    # The page's own sign comes back, and a day is read as the address has it: both are parsed, and no domain is called.
    parsing = {"documenter/conversation.py", "administration/forms.py"}
    root = Path(__file__).parents[2] / "portal" / "desks"
    for path in root.rglob("*.py"):
        handlers = [
            ast.unparse(node.type)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ExceptHandler) and node.type is not None
        ]
        caught = {
            name for each in handlers for name in broad if name in each.replace("(", " ").replace(",", " ").split()
        }
        assert not caught or str(path.relative_to(root)) in parsing, (path, caught)
