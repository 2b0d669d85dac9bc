"""The form that all forms of all desks are: what it refuses, it refuses at a field, in the reader's language."""

import re
from typing import Any, ClassVar, Self

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.gov_form_base import GovIterableBase
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import Optional

from portal.fields.day_field import DayField
from portal.fields.marks import is_redrawn, written_in
from portal.fields.messages import Messages
from portal.frame.tokens import FieldTokens
from portal.words.refusals import words_of
from vault.refusals import Refused

# Signs that steer a terminal or a printer, and halves of signs: no text has them, and no database keeps all of them.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNREADABLE = lazy_gettext("There was a sign in here that cannot be kept. It is taken out: look at it again")
_TICKED = lazy_gettext("Tick it or leave it")
_ONE_LINE = lazy_gettext("Write this in one line")
_NOT_SENT = lazy_gettext("This is what you wrote before. It is not sent yet: look at it, then send it")
_OPEN_TOO_LONG = lazy_gettext("The page was open too long. Send it once more")


class Form(FlaskForm):
    """What somebody fills in.

    What is sent is put in order first: text of blanks alone is no text, and signs that no text has (a null character)
    are taken out and told of. Rules are the fields' validators and `validate_<field>`; a rule refuses by
    `ValidationError`, and any other error in it is a fault of ours and no refusal.
    """

    class Meta(FlaskForm.Meta):
        """WTForms' own words come from our catalogue, and tokens from the frame."""

        csrf_class = FieldTokens
        form: "Form"

        def get_translations(self, _form: BaseForm) -> Messages:
            """Our words for what WTForms says."""
            return Messages()

        def render_field(self, field: Field, render_kw: Any) -> Any:
            """As the kit draws it, but that several controls of a field go by its id and not by its name.

            What else is hidden in the form goes beside its token.
            """
            if isinstance(field.widget, GovIterableBase):
                render_kw = {**render_kw, "params": {"idPrefix": field.id, **render_kw.get("params", {})}}
            drawn = super().render_field(field, render_kw)
            return drawn + self.form.hidden if field.type == "CSRFTokenField" else drawn

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            """What was sent, in order."""
            sent = super().wrap_formdata(form, formdata)
            if sent is None and formdata is not None and form.is_submitted():  # type: ignore[attr-defined]
                # Sent without a single field: everything is empty, and nothing is as it was drawn.
                sent = MultiDict()
            if sent is None:
                return None
            form.unreadable = set()  # type: ignore[attr-defined]
            return MultiDict((name, _tidied(form, name, value)) for name, value in sent.items(multi=True))

    unreadable: frozenset[str] | set[str] = frozenset()
    # What is written there is for once, and opens something: never kept.
    is_secret: ClassVar[bool] = False
    # It stands before another form, whose draft is not its own.
    is_asked_between: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meta.form = self
        for field in self:
            if hasattr(Form, field.short_name):
                raise TypeError(f"a field may not be called {field.short_name}: forms have something of that name")
            if hasattr(type(self), f"validate_{field.short_name}") and _is_optional(field):
                raise TypeError(f"{field.short_name}: Optional() would keep its own rule from running")

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all of it is well-formed; the fields then carry their errors.

        A draft that its writer wants to see again is not looked at yet, and not taken.
        """
        if is_redrawn() and not self.is_asked_between:
            self.form_errors = [_NOT_SENT]
            return False
        well_formed = bool(super().validate(extra_validators))
        for field in self:
            if (words := self._unfit(field)) is not None:
                field.errors = [words]
                well_formed = False
        return well_formed

    def _unfit(self, field: Field) -> Any:
        if field.name in self.unreadable:
            return _UNREADABLE
        if isinstance(field, BooleanField) and not {*(field.raw_data or ())} <= {"y", *field.false_values}:
            # What is unclear is not ticked.
            field.data = False
            return _TICKED
        is_line = isinstance(field, StringField) and not isinstance(field, TextAreaField | PasswordField | HiddenField)
        if is_line and any(sign in (field.data or "") for sign in "\r\n\u2028\u2029"):
            return _ONE_LINE
        return None

    def set_apart(self, place: str) -> Self:
        """The form on a page that has several: its controls' ids begin with `place`, so that no two are alike."""
        for field in self:
            field.id = f"{place}-{field.name}"
            field.label.field_id = field.id
        return self

    def refuse(self, refusal: Refused) -> None:
        """Say at its field what the domain did not take."""
        self.say(words_of(refusal), refusal.field)

    def say(self, words: Any, name: str = "") -> None:
        """Refuse with some words at the field of that name; at the first one that is seen, where there is none."""
        seen = [field for field in self if not isinstance(field, HiddenField)]
        field = self._fields.get(name) or next(iter(seen), None)
        if field is None:
            self.form_errors.append(str(words))
        else:
            field.errors = [str(words)]

    @property
    def hidden(self) -> Markup:
        """What is drawn beside the token: which form it is, where staff type something into it that may be kept."""
        is_typed = any(not isinstance(field, HiddenField) for field in self)
        is_secret = self.is_secret or any(isinstance(field, PasswordField) for field in self)
        return written_in(type(self).__name__) if is_typed and not is_secret else Markup("")

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What has to be looked at again: the words, and the id that they lead to, if any."""
        return summary_of(self, self.form_errors)


class Search(Form):
    """A form sent by GET: looking changes nothing, so it carries no token."""

    class Meta(Form.Meta):
        """No token."""

        csrf = False


def summary_of(fields: Any, of_all: Any = ()) -> list[tuple[str, str]]:
    """The errors of some fields, each with the id of the control at which it is put right."""
    return [
        *((str(words), "") for words in of_all),
        *((_first(field), _anchor(field)) for field in fields if field.errors),
    ]


def _first(field: Field) -> str:
    return str(_OPEN_TOO_LONG if field.type == "CSRFTokenField" else field.errors[0])


def _anchor(field: Field) -> str:
    if isinstance(field, HiddenField):
        return ""
    return f"{field.id}-day" if isinstance(field, DayField) else str(field.id)


def _tidied(form: Any, name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    clean = _NO_TEXT.sub("", value)
    if clean != value:
        form.unreadable.add(name)
    return clean if clean.strip() else ""


def _is_optional(field: Field) -> bool:
    return any(isinstance(each, Optional) for each in field.validators)
