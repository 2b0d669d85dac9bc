"""What a person fills in on their own pages."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired

from consent.ledger.scopes import Scope
from portal.fields.choices import choices
from portal.fields.form import Search
from portal.words.consent import scope_title


class SeveralForm(Search):
    """Several of the scopes that stand, to be stopped. Sent by GET: choosing changes nothing yet."""

    scope = SelectMultipleField(
        lazy_gettext("What should stop?"),
        [DataRequired(lazy_gettext("Choose at least one"))],
        widget=GovCheckboxesInput(),
    )

    def __init__(self, standing: Sequence[Scope], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope.choices = choices((scope.key, scope_title(scope, named=False)) for scope in standing)
