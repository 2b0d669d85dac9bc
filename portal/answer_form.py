"""The form in which a group of scopes is answered, for all at once or one by one. Nothing is pre-ticked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovDateInput, GovRadioInput
from wtforms import DateField, Form, RadioField, SelectMultipleField
from wtforms.validators import Optional, ValidationError

from consent.items import KINDS
from consent.recipients import Recipient
from consent.scopes import Scope
from portal.choices import choices
from portal.words import IDENTITY_WORDS, KIND_WORDS, ONWARD_WORDS, recipient_name, scope_title

_CHOICES = choices(
    [
        ("granted", lazy_pgettext("answer", "Yes")),
        ("ask_first", lazy_pgettext("answer", "Ask me first")),
        ("refused", lazy_pgettext("answer", "No")),
    ]
)
_ALL_CHOICES = choices(
    [
        ("granted", lazy_pgettext("answer", "Yes to all")),
        ("ask_first", lazy_pgettext("answer", "Ask me first about all")),
        ("refused", lazy_pgettext("answer", "No to all")),
    ]
)


class GroupAnswer(FlaskForm):
    """One answer for the whole group."""

    every = RadioField(
        lazy_gettext("One answer to all below"), [Optional()], choices=_ALL_CHOICES, widget=GovRadioInput()
    )


class ScopeAnswer(Form):
    """The answer to one scope. Its date fields and lists are conditions; empty, they ask for nothing."""

    answer = RadioField("", [Optional()], choices=_CHOICES, widget=GovRadioInput())
    identity = RadioField(
        lazy_gettext("With or without my name"),
        [Optional()],
        choices=choices(IDENTITY_WORDS),
        widget=GovRadioInput(),
    )
    only_recipients = SelectMultipleField(lazy_gettext("Only these may receive it"), widget=GovCheckboxesInput())
    except_recipients = SelectMultipleField(lazy_gettext("These may not receive it"), widget=GovCheckboxesInput())
    except_kinds = SelectMultipleField(
        lazy_gettext("Not these things"),
        choices=choices((kind, KIND_WORDS[kind]) for kind in KINDS),
        widget=GovCheckboxesInput(),
    )
    onward = RadioField(
        lazy_gettext("May they pass it on?"),
        [Optional()],
        choices=choices(ONWARD_WORDS),
        widget=GovRadioInput(),
    )
    valid_until = DateField(lazy_gettext("Only until this day"), [Optional()], format="%d %m %Y", widget=GovDateInput())
    review_on = DateField(
        lazy_gettext("Talk again on this day"), [Optional()], format="%d %m %Y", widget=GovDateInput()
    )

    def __init__(self, *args: Any, recipients: Sequence[Recipient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_class = [(recipient.key, recipient_name(recipient)) for recipient in recipients]
        self.only_recipients.choices = choices(of_class)
        self.except_recipients.choices = choices(of_class)

    def validate_except_recipients(self, field: SelectMultipleField) -> None:
        """Nobody can be both in and out."""
        if set(field.data or ()) & set(self.only_recipients.data or ()):
            raise ValidationError(_("The same recipient is in both lists"))

    def validate_valid_until(self, field: DateField) -> None:
        """A day in the past would be a no."""
        if field.data is not None and field.data < date.today():
            raise ValidationError(_("Choose today or a later day"))

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions that were set."""
        values = {
            "identity": self.identity.data,
            "only_recipients": self.only_recipients.data,
            "except_recipients": self.except_recipients.data,
            "except_kinds": self.except_kinds.data,
            "onward": self.onward.data,
            "valid_until": self.valid_until.data.isoformat() if self.valid_until.data else None,
            "review_on": self.review_on.data.isoformat() if self.review_on.data else None,
        }
        return {name: value for name, value in values.items() if value}


class AnswersForm:
    """All answers of one page: the group's one answer, and each scope's own, which counts before it."""

    def __init__(
        self,
        scopes: Sequence[Scope],
        directory: Mapping[str, Recipient],
        formdata: Any,
        said: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.group = GroupAnswer(formdata=formdata)
        self.parts: list[tuple[Scope, ScopeAnswer]] = []
        for scope in scopes:
            of_class = [each for each in directory.values() if each.recipient_class in scope.classes]
            form = ScopeAnswer(
                formdata,
                prefix=f"{scope.key.replace('.', '-')}-",
                data=_as_fields(said.get(scope.key, {})),
                recipients=[] if scope.one_partner else of_class,
            )
            form.answer.label.text = scope_title(scope)
            self.parts.append((scope, form))

    def validate(self) -> bool:
        """Whether all of it is well-formed; the fields then carry their errors."""
        return all([self.group.validate(), *(form.validate() for _scope, form in self.parts)])

    @property
    def errors(self) -> dict[str, Any]:
        """The errors by field name, as an error summary wants them."""
        found = dict(self.group.errors)
        for _scope, form in self.parts:
            found.update({form[name].name: errors for name, errors in form.errors.items()})
        return found

    def __iter__(self) -> Iterator[Any]:
        """Every field of the page."""
        yield from self.group
        for _scope, form in self.parts:
            yield from form

    @property
    def given(self) -> dict[str, dict[str, Any]]:
        """By scope: the answer and its conditions. A scope left blank takes the group's answer, or is left out."""
        given = {}
        for scope, form in self.parts:
            answer = form.answer.data or self.group.every.data
            if answer:
                conditions = form.conditions if answer != "refused" else {}
                given[scope.key] = {"answer": answer, "conditions": conditions}
        return given


def _as_fields(said: Mapping[str, Any]) -> dict[str, Any]:
    if not said:
        return {}
    conditions = dict(said.get("conditions", {}))
    for name in ("valid_until", "review_on"):
        if name in conditions:
            conditions[name] = date.fromisoformat(conditions[name][:10])
    return {"answer": said["answer"], **conditions}
