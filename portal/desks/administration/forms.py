"""What an administrator says about a staff account, and what an auditor looks for."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextInput
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from consent.people.organisations import Organisation
from portal.access.accounts import STAFF
from portal.fields.choices import choices
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.words.consent import LANGUAGE_NAMES, ROLE_WORDS

ACCOUNT_OF_NOBODY_ELSE = "nobody"


class AccountForm(Form):
    """A new account: sign-in name, role, partner, language."""

    sign_in = StringField(
        lazy_gettext("E-mail"),
        [
            InputRequired(lazy_gettext("Write the e-mail that they sign in with")),
            Length(max=200),
            Regexp(r"\s*[^@\s]+@[^@\s]+\s*$", message=lazy_gettext("This is not an e-mail")),
        ],
        widget=GovTextInput(),
    )
    role = RadioField(
        lazy_gettext("Role"),
        [InputRequired(lazy_gettext("Choose a role"))],
        widget=GovRadioInput(),
        choices=choices((role.value, ROLE_WORDS[role.value]) for role in STAFF),
    )
    organisation = RadioField(
        lazy_gettext("Partner"), [InputRequired(lazy_gettext("Choose a partner"))], widget=GovRadioInput()
    )
    language = RadioField(
        lazy_gettext("Language"),
        [InputRequired(lazy_gettext("Choose a language"))],
        widget=GovRadioInput(),
        choices=choices(LANGUAGE_NAMES),
    )

    same_person = RadioField(
        lazy_gettext("Does this person have an account already?"),
        [InputRequired(lazy_gettext("Say whether this person has an account already"))],
        description=lazy_gettext("Where two people are needed, two accounts of one person count as one."),
        widget=GovRadioInput(),
    )

    def __init__(self, partners: list[Organisation], known: list[tuple[str, str]]) -> None:
        super().__init__()
        self.organisation.choices = choices((partner.key, partner.name) for partner in partners)
        nobody = (ACCOUNT_OF_NOBODY_ELSE, _("No, this is their only one"))
        self.same_person.choices = choices([nobody, *((key, _("Yes: %(name)s", name=name)) for key, name in known)])


class SamePersonForm(Form):
    """Another account of the same person."""

    same_person = SelectField(
        lazy_gettext("The account of the same person"),
        [InputRequired(lazy_gettext("Choose the account"))],
        widget=GovSelect(),
    )

    def __init__(self, known: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.same_person.choices = choices([("", _("Choose the account")), *known])


class RoleForm(Edit):
    """Another role for an account."""

    role = RadioField(
        lazy_gettext("Role"),
        [InputRequired(lazy_gettext("Choose a role"))],
        widget=GovRadioInput(),
        choices=choices((role.value, ROLE_WORDS[role.value]) for role in STAFF),
    )
