"""What a disclosure officer fills in, a form a step."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovFileInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    Field,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from portal.desks.disclosure.words import COPY_WORDS, DIRECTION_WORDS, TRANSFER_WORDS
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form, Search
from portal.words.consent import KIND_WORDS, LANGUAGE_NAMES
from vault import clock

_SHORT = Length(max=200, message=lazy_gettext("Write at most 200 characters"))
_LONG = Length(max=4000, message=lazy_gettext("Write at most 4000 characters"))
_NEEDED = lazy_gettext("Write something here")
_CHOICE = lazy_gettext("Choose one")

Choices = Iterable[tuple[str, Any]]


def _line(label: Any, *, needed: bool = True, hint: Any = None) -> Any:
    validators = [DataRequired(_NEEDED) if needed else Optional(), _SHORT]
    return StringField(label, validators, widget=GovTextInput(), description=hint or "")


def _text(label: Any, *, needed: bool = True, hint: Any = None) -> Any:
    validators = [DataRequired(_NEEDED) if needed else Optional(), _LONG]
    return TextAreaField(label, validators, widget=GovTextArea(), description=hint or "")


def _lines(label: Any, hint: Any) -> Any:
    return TextAreaField(label, [DataRequired(_NEEDED)], widget=GovTextArea(), description=hint)


def _day(label: Any, *, needed: bool = True, hint: Any = None) -> Any:
    return DayField(label, [InputRequired(lazy_gettext("Write a day"))] if needed else [], description=hint or "")


def _one(label: Any, offered: Choices = ()) -> Any:
    return SelectField(label, [InputRequired(_CHOICE)], choices=choices(offered), widget=GovSelect())


def _radio(label: Any, offered: Choices) -> Any:
    return RadioField(label, [InputRequired(_CHOICE)], choices=choices(offered), widget=GovRadioInput())


class AheadMixin:
    """Forms with a day that lies ahead."""

    def ahead(self, field: Field) -> None:
        """Refuse a day that does not lie ahead."""
        if field.data is not None and field.data <= clock.today():
            raise ValidationError(_("Write a day that lies ahead"))


class RequestForm(Form):
    """A request for assistance as its letter has it."""

    recipient = _one(lazy_gettext("Who asks?"))
    asker = _line(lazy_gettext("Office, name and address of who asks"))
    reference = _line(lazy_gettext("Their reference"))
    instrument = _one(lazy_gettext("Under which instrument?"))
    purpose = _text(lazy_gettext("For what purpose?"))
    necessity = _text(lazy_gettext("Why are these items necessary for it?"))
    cases = _line(lazy_gettext("Lawyers’ cases that belong to it"), needed=False)
    received_on = _day(lazy_gettext("Received on"))
    deadline_on = _day(lazy_gettext("They ask for an answer by"), needed=False)

    def __init__(self, recipients: Choices, instruments: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recipient.choices = choices(recipients)
        self.instrument.choices = choices(instruments)

    def validate_received_on(self, field: Field) -> None:
        """A letter has come before it is entered."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("This day has not come yet"))


class IdentityForm(Form):
    """How the asker's identity was found out by another way than the letter's own."""

    how = _text(lazy_gettext("How did you confirm who asks, and with whom did you speak?"))


class LetterForm(Form):
    """A letter to or from the asker."""

    direction = _radio(lazy_gettext("Whose letter is it?"), DIRECTION_WORDS.items())
    dated_on = _day(lazy_gettext("Its date"))
    text = _text(lazy_gettext("What it says"))


class GroundForm(Form, AheadMixin):
    """A legal ground, and the day on which it is looked at again."""

    ground = _text(lazy_gettext("The legal ground"))
    review_on = _day(lazy_gettext("To be looked at again on"), hint=lazy_gettext("Nothing ends by itself on that day."))

    def validate_review_on(self, field: Field) -> None:
        """The review lies ahead."""
        self.ahead(field)


class EndingForm(Form):
    """How a request ends."""

    def __init__(self, endings: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ending.choices = choices(endings)

    ending = _radio(lazy_gettext("How does it end?"), ())


class ItemsForm(Form):
    """Items pasted or from a file."""

    store = _one(lazy_gettext("Store of the items that name none"))
    text = TextAreaField(
        lazy_gettext("Items, one a line"),
        widget=GovTextArea(),
        description=lazy_gettext("The item’s name, or the store’s name, a comma and the item’s name."),
    )
    file = FileField(lazy_gettext("Or a CSV file in the same form"), widget=GovFileInput())

    def __init__(self, stores: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store.choices = choices(stores)


class QueryForm(Form):
    """All items of some kinds that a store holds."""

    store = _one(lazy_gettext("Store"))
    kinds = SelectMultipleField(
        lazy_gettext("Kinds of items"),
        [DataRequired(lazy_gettext("Choose at least one"))],
        choices=choices(KIND_WORDS),
        widget=GovCheckboxesInput(),
    )

    def __init__(self, stores: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store.choices = choices(stores)


class CopiesForm(Form):
    """Copies that carry out an obligation."""

    identity = _radio(lazy_gettext("What kind of copies are they?"), list(COPY_WORDS.items())[1:])
    text = _lines(
        lazy_gettext("Item and digest of its copy, one a line"),
        lazy_gettext("The item’s name, a comma and the SHA-256 of the copy: 64 digits and letters from a to f."),
    )


class MarksForm(Form):
    """Items that may exonerate somebody."""

    text = _lines(
        lazy_gettext("Items that may exonerate somebody, one a line"),
        lazy_gettext("They must be on the list. Only their number goes with the release."),
    )


class AskForm(Form, AheadMixin):
    """A question in plain words, in every language, with a date."""

    words_be = _text(LANGUAGE_NAMES["be"])
    words_ru = _text(LANGUAGE_NAMES["ru"])
    words_en = _text(LANGUAGE_NAMES["en"])
    answer_by = _day(
        lazy_gettext("An answer helps until"),
        hint=lazy_gettext("No answer is a no. Nobody is reminded or pressed."),
    )

    def validate_answer_by(self, field: Field) -> None:
        """There is time to think."""
        self.ahead(field)

    @property
    def words(self) -> dict[str, str]:
        """The words by language."""
        return {language: self[f"words_{language}"].data or "" for language in LANGUAGE_NAMES}


class ContactForm(AskForm):
    """A question whether people would speak with the asker."""

    codes = _lines(
        lazy_gettext("Codes of the people, one a line"),
        lazy_gettext("The one who supports the person puts the question. Whoever said no to contact is not asked."),
    )


class ProposalForm(Form):
    """What the first person answers for."""

    assessed_on = _day(lazy_gettext("Danger assessed on"), hint=lazy_gettext("An assessment holds for 30 days."))
    danger_people = _text(lazy_gettext("Danger to the people in the items"))
    danger_near = _text(lazy_gettext("Danger to those near them"))
    measures = _text(lazy_gettext("What is done against it"))
    transfer_basis = _radio(lazy_gettext("On what does the transfer rest (GDPR)?"), TRANSFER_WORDS.items())
    transfer_ground = _line(lazy_gettext("Decision, safeguard or ground, named"))


class OrderForm(ProposalForm):
    """The same for an order that compels: counsel is heard first."""

    counsel = _line(lazy_gettext("Counsel who was heard"))
    opinion = _text(lazy_gettext("Counsel’s opinion: can the order be challenged, or made narrower?"))


class HandoverForm(Form):
    """How a package was handed over."""

    how = _text(lazy_gettext("To whom, how and where was it handed over?"))


class RecallForm(Form):
    """Why a release is called back before its handover."""

    why = _text(
        lazy_gettext("Why is it recalled?"),
        hint=lazy_gettext("If any of it has left the house already, write here what, to whom and when."),
    )


class ConfirmationForm(Form):
    """The manifest that a recipient computed."""

    manifest = _lines(
        lazy_gettext("The manifest that the recipient computed over what they received"),
        lazy_gettext("The lines of their manifest-sha256.txt, as they sent it."),
    )


class NoticeForm(Edit):
    """The words of a notice."""

    text = _text(lazy_gettext("What the letter says"))


class ClassForm(Edit):
    """The rule of a class of recipients."""

    identity = _radio(lazy_gettext("The least a copy must be"), COPY_WORDS.items())
    except_recipients = SelectMultipleField(
        lazy_gettext("Recipients for whom that does not hold"), widget=GovCheckboxesInput()
    )
    terms = _text(lazy_gettext("Terms on every certificate, one a line"), needed=False)
    notice_be = _text(lazy_gettext("Letter after a withdrawal, in Belarusian"))
    notice_ru = _text(lazy_gettext("Letter after a withdrawal, in Russian"))
    notice_en = _text(lazy_gettext("Letter after a withdrawal, in English"))

    def __init__(self, recipients: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.except_recipients.choices = choices(recipients)


class InstrumentForm(Form):
    """A legal instrument."""

    key = StringField(
        lazy_gettext("Short name for addresses and files"),
        [
            DataRequired(_NEEDED),
            Length(max=40, message=lazy_gettext("Write at most 40 characters")),
            Regexp(r"^[a-z0-9-]+$", message=lazy_gettext("Use small Latin letters, digits and -")),
        ],
        widget=GovTextInput(),
    )
    name_be = _line(lazy_gettext("Name in Belarusian"))
    name_ru = _line(lazy_gettext("Name in Russian"))
    name_en = _line(lazy_gettext("Name in English"))
    compels = BooleanField(lazy_gettext("It compels us, whatever people agreed to"), widget=GovCheckboxInput())


class RecipientForm(Form):
    """A new entry of the directory."""

    key = StringField(
        lazy_gettext("Short name for addresses and files"),
        [
            DataRequired(_NEEDED),
            Length(max=40, message=lazy_gettext("Write at most 40 characters")),
            Regexp(r"^[a-z0-9-]+$", message=lazy_gettext("Use small Latin letters, digits and -")),
        ],
        widget=GovTextInput(),
    )
    recipient_class = _one(lazy_gettext("Class"))
    country = StringField(
        lazy_gettext("State, as two letters (empty for an international body)"),
        [Optional(), Regexp(r"^[A-Z]{2}$", message=lazy_gettext("Write two capital Latin letters, such as LT"))],
        widget=GovTextInput(),
    )
    name_be = _line(lazy_gettext("Name in Belarusian"))
    name_ru = _line(lazy_gettext("Name in Russian"))
    name_en = _line(lazy_gettext("Name in English"))

    def __init__(self, classes: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recipient_class.choices = choices(classes)


class TermsForm(Edit):
    """What the directory knows of a recipient."""

    transfer_basis = _radio(lazy_gettext("On what does the transfer rest (GDPR)?"), TRANSFER_WORDS.items())
    transfer_ground = _line(lazy_gettext("Decision, safeguard or ground, named"))
    standing = _text(lazy_gettext("Standing terms, one a line"), needed=False)


class ProductForm(Search):
    """An analytical product and a recipient. Sent by GET."""

    store = _one(lazy_gettext("Store"))
    item = _line(lazy_gettext("Item"))
    recipient = _one(lazy_gettext("For whom?"))

    def __init__(self, stores: Choices, recipients: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store.choices = choices(stores)
        self.recipient.choices = choices(recipients)


def lines_of(text: str | None) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
