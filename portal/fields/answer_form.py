"""The form in which a group of scopes is answered, for all at once or one by one. Nothing is pre-ticked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovRadioInput
from markupsafe import Markup
from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from consent.catalogue.recipients import Recipient
from consent.ledger.scopes import Scope
from consent.rules import KINDS, ReasonCode
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.form import Form, Search, summary_of
from portal.fields.marks import written_in
from portal.words.consent import (
    IDENTITY_WORDS,
    KIND_WORDS,
    ONWARD_WORDS,
    conditions_in_words,
    recipient_name,
    scope_title,
)
from vault import clock


def _offered(_form: Any, field: Any) -> None:
    chosen = field.data if isinstance(field.data, list) else [field.data]
    if not set(chosen) <= {None, *(choice.value for choice in field.choices)}:
        raise ValidationError(_("Choose from what is offered here"))


def _not_passed(_form: Any, field: Any) -> None:
    if field.data is not None and field.data < clock.today():
        raise ValidationError(_("Choose today or a later day"))


def _radios(label: Any, offered: Any) -> Any:
    return RadioField(label, [_offered], choices=choices(offered), widget=GovRadioInput(), validate_choice=False)


def _checkboxes(label: Any, offered: Any = ()) -> Any:
    return SelectMultipleField(
        label, [_offered], choices=choices(offered), widget=GovCheckboxesInput(), validate_choice=False
    )


class GroupAnswer(Form):
    """One answer for the whole group."""

    every = _radios(
        lazy_gettext("One answer to all below"),
        [
            ("granted", lazy_pgettext("answer", "Yes to all")),
            ("ask_first", lazy_pgettext("answer", "Ask me first about all")),
            (ReasonCode.REFUSED, lazy_pgettext("answer", "No to all")),
        ],
    )


class ScopeAnswer(Search):
    """The answer to one scope. Its date fields and lists are conditions; empty, they ask for nothing.

    The conditions of an answer that stands hold beside them until they are let go by name.
    """

    answer = _radios(
        "",
        [
            ("granted", lazy_pgettext("answer", "Yes")),
            ("ask_first", lazy_pgettext("answer", "Ask me first")),
            (ReasonCode.REFUSED, lazy_pgettext("answer", "No")),
        ],
    )
    # One that no longer stands when the form comes back has fallen away already.
    dropped = SelectMultipleField(
        lazy_gettext("You said this before, and it goes on holding. Tick what should fall away."),
        widget=GovCheckboxesInput(),
        validate_choice=False,
    )
    identity = _radios(lazy_gettext("With or without my name"), IDENTITY_WORDS)
    only_recipients = _checkboxes(lazy_gettext("Only these may receive it"))
    except_recipients = _checkboxes(lazy_gettext("These may not receive it"))
    except_kinds = _checkboxes(lazy_gettext("Not these things"), [(kind, KIND_WORDS[kind]) for kind in KINDS])
    onward = _radios(lazy_gettext("May they pass it on?"), ONWARD_WORDS)
    valid_until = DayField(lazy_gettext("Only until this day"), [_not_passed])
    review_on = DayField(lazy_gettext("Talk again on this day"), [_not_passed])

    def __init__(
        self, formdata: Any, *, recipients: Mapping[str, Recipient], standing: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(formdata, **kwargs)
        of_class = [(recipient.key, recipient_name(recipient)) for recipient in recipients.values()]
        self.only_recipients.choices = choices(of_class)
        self.except_recipients.choices = choices(of_class)
        self._standing = standing
        self.dropped.choices = choices(
            (name, " · ".join(conditions_in_words({name: value}, recipients)) or name)
            for name, value in standing.items()
        )

    def validate_except_recipients(self, field: Field) -> None:
        """Nobody can be both in and out."""
        if set(field.data or ()) & set(self.only_recipients.data or ()):
            raise ValidationError(_("The same recipient is in both lists"))

    def validate_only_recipients(self, field: Field) -> None:
        """Somebody is left who may receive it, together with what was said before."""
        before = () if "only_recipients" in (self.dropped.data or ()) else self._standing.get("only_recipients", ())
        if field.data and before and not set(field.data) & set(before):
            raise ValidationError(_("Together with what was said before, nobody is left: let one of the two go"))

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

    def given(self, answer: str) -> dict[str, Any]:
        """`answer` with its conditions, and the names of those that are let go."""
        if answer == ReasonCode.REFUSED:
            return {"answer": answer, "conditions": {}}
        return {"answer": answer, "conditions": self.conditions, "dropped": self.dropped.data or []}


class AnswersForm:
    """All answers of one page: the group's one answer, and each scope's own, which counts before it.

    `said` is what a draft holds by scope, `standing` the conditions that hold by scope.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        directory: Mapping[str, Recipient],
        formdata: Any,
        said: Mapping[str, Mapping[str, Any]],
        standing: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.group = GroupAnswer(formdata=formdata)
        self.parts: list[tuple[Scope, ScopeAnswer]] = []
        for scope in scopes:
            of_class = {key: each for key, each in directory.items() if each.recipient_class in scope.classes}
            form = ScopeAnswer(
                formdata,
                prefix=f"{scope.key.replace('.', '-')}-",
                data=_as_fields(said.get(scope.key, {})),
                recipients={} if scope.one_partner else of_class,
                standing=standing.get(scope.key, {}),
            )
            form.answer.label.text = scope_title(scope)
            self.parts.append((scope, form))

    def validate(self) -> bool:
        """Whether all of it is well-formed; the fields then carry their errors."""
        return all([self.group.validate(), *(form.validate() for _scope, form in self.parts)])

    def refuse(self, words: str) -> None:
        """Say of all of it, at the first question, why it is not taken."""
        first = self.group.every if len(self.parts) > 1 else self.parts[0][1].answer
        first.errors = [words]

    @property
    def hidden(self) -> Markup:
        """What is drawn beside the token, as `Form` has it."""
        return written_in(type(self).__name__)

    @property
    def errors(self) -> dict[str, Any]:
        """The errors by field name, as an error summary wants them."""
        found = dict(self.group.errors)
        for _scope, form in self.parts:
            found.update({form[name].name: errors for name, errors in form.errors.items()})
        return found

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What has to be looked at again, as `Form` has it."""
        return summary_of(self, self.group.form_errors)

    def __iter__(self) -> Iterator[Any]:
        """Every field of the page."""
        yield from self.group
        for _scope, form in self.parts:
            yield from form

    @property
    def given(self) -> dict[str, dict[str, Any]]:
        """By scope what was answered. A scope left blank takes the group's answer, or is left out."""
        chosen = {scope.key: (form, form.answer.data or self.group.every.data) for scope, form in self.parts}
        return {scope: form.given(answer) for scope, (form, answer) in chosen.items() if answer}


def _as_fields(said: Mapping[str, Any]) -> dict[str, Any]:
    if not said:
        return {}
    conditions = dict(said.get("conditions", {}))
    for name in ("valid_until", "review_on"):
        if name in conditions:
            conditions[name] = date.fromisoformat(conditions[name][:10])
    return {"answer": said["answer"], "dropped": said.get("dropped", []), **conditions}
