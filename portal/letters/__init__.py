"""What leaves as paper: neutral PDF/UA pages."""

import io
import json
from collections.abc import Mapping
from typing import Any

import segno
from flask import Response
from flask_babel import gettext as _
from flask_babel import ngettext

from consent.ledger.scopes import Scope
from consent.saying.receipts import Receipt
from portal.letters.typesetting import typeset
from portal.words.consent import conditions_in_words, day, scope_title, state_words


def neutral_copy(receipt: Receipt, catalogue: Mapping[str, Scope]) -> bytes:
    """The person's own copy, as PDF/UA: coded, naming no organisation, court or State, and unsigned (spec/10)."""
    lines = [
        {
            "title": scope_title(catalogue[line.scope], named=False),
            "answer": "; ".join([state_words(line.code), *conditions_in_words(line.conditions, None)]),
            "since": day(line.event.effective_at),
        }
        for line in receipt.lines
        if line.scope in catalogue
    ]
    return typeset(
        "copy",
        {
            "title": _("My notes"),
            "code": receipt.code,
            "headings": [_("What"), _("Answer"), _("Since")],
            "lines": lines,
            "note": _("You can change any of this at any time."),
        },
    )


def invitation(address: str, days: int) -> bytes:
    """The paper with an invitation: an address and its QR code, and not a word on what it is for."""
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=2, scale=4, xmldecl=False)
    return typeset(
        "invitation",
        {
            "title": _("For you"),
            "lead": _("Open this address, or point a phone's camera at the square."),
            "address": address,
            "picture_text": _("A square code that holds the same address"),
            "notes": [
                ngettext("It works once, and for %(num)s day.", "It works once, and for %(num)s days.", days),
                _("Use a device and a place where nobody looks over your shoulder."),
                _("Afterwards destroy this paper."),
            ],
            "picture": picture.getvalue().decode(),
        },
    )


def letter(words: Mapping[str, Any], language_of_letter: str, reference: str) -> bytes:
    """A letter about a request, in the language it was written in."""
    parts = [part for part in str(words["text"]).split("\n\n") if part.strip()]
    content = {"language": language_of_letter, "title": words["subject"], "parts": parts, "reference": reference}
    return typeset("letter", content)


def as_download(document: bytes) -> Response:
    """A PDF to be saved under a name that says nothing."""
    response = Response(document, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="notes.pdf"'
    return response


def as_data(document: Mapping[str, Any]) -> Response:
    """A signed document as JSON, to be saved under a name that says nothing."""
    response = Response(json.dumps(document, indent=2, ensure_ascii=False), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="notes.json"'
    return response
