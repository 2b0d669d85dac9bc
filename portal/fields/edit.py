"""A form for what two people may change: what one has kept meanwhile, the other is shown before it is overwritten."""

import hashlib
import json
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import Field, HiddenField

from portal.fields.form import Form
from portal.words.consent import day

NAME = "drawn_from"


class Edit(Form):
    """What somebody changes, drawn from what is kept (`data` or `obj`, on drawing as on sending).

    The page carries a digest of what it was drawn from. Where something else is kept by the time that it is sent, each
    field that differs is refused once with what it says now; sent again, it is kept knowingly. What is typed stays.
    """

    @property
    def drawn_from(self) -> Markup:
        """The hidden input with the digest of what is kept now."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(NAME, self._version)

    @property
    def hidden(self) -> Markup:
        """The digest, beside what every form has."""
        return super().hidden + self.drawn_from

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it is well-formed, and changes what its writer has seen."""
        well_formed = super().validate(extra_validators)
        if request.form.get(NAME) == self._version:
            return well_formed
        return self._agrees_with_what_is_kept() and well_formed

    def _agrees_with_what_is_kept(self) -> bool:
        differing = [field for field in self._own() if _plain(field.data) != _plain(field.object_data)]
        for field in differing:
            said = _said(field) or _("nothing")
            # What is not well-formed is put right first.
            field.errors = field.errors or [
                _("Somebody else has changed this meanwhile. It now says: %(said)s", said=said)
            ]
        return not differing

    @property
    def _version(self) -> str:
        kept = {field.short_name: _plain(field.object_data) for field in self._own()}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:32]

    def _own(self) -> list[Field]:
        return [field for field in self if not isinstance(field, HiddenField)]


def _plain(value: Any) -> Any:
    """A value as it is compared: nothing, an empty text and an unticked box are alike."""
    if isinstance(value, list | tuple | set | frozenset):
        found = [_plain(each) for each in value]
        return sorted(found, key=str) or None
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()} or None
    if isinstance(value, str):
        # A text area sends its line breaks as two signs.
        return value.replace("\r\n", "\n").strip() or None
    return str(value) if value not in (None, False) else None


def _said(field: Field) -> str:
    kept = field.object_data
    if isinstance(kept, date):
        return day(kept)
    chosen = kept if isinstance(kept, list | tuple | set | frozenset) else [kept]
    words = {str(each.value): each.label for each in getattr(field, "choices", None) or ()}
    return ", ".join(str(words.get(str(each), each)) for each in chosen if each not in (None, "", False))
