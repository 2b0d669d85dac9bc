"""A consent certificate on paper: to be read and filed; the signed file beside it is what proves."""

import hashlib
import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.letters.typesetting import typeset
from vault import clock

# A file of fifty thousand lines is read by machines; on paper its beginning stands, and the digest of it all.
_LISTED = 1000


def on_paper(certificate: bytes) -> bytes:
    """The certificate as PDF/UA, from the JSON file that was signed."""
    content: dict[str, Any] = json.loads(certificate)["content"]
    items = content["items"]
    return typeset(
        "certificate",
        {
            "title": _("Consent certificate %(number)s", number=content["number"]),
            "facts": _facts(content, hashlib.sha256(certificate).hexdigest()),
            "terms_title": _("Terms"),
            "terms": content["terms"],
            "items_title": _("Items (%(shown)s of %(all)s)", shown=min(len(items), _LISTED), all=len(items)),
            "headings": [_("Store"), _("Item"), _("Obligation"), "SHA-256"],
            "items": [_row(item) for item in items[:_LISTED]],
            "withheld_title": _("Withheld"),
            "withheld_headings": [_("Reason"), _("Items"), _("May exonerate")],
            "withheld": [
                [group["reason"], str(group["items"]), str(group["may_exonerate"])] for group in content["withheld"]
            ],
            "note": _("Check the signed file with “zhoda verify”, or as docs/certificate.md describes."),
        },
    )


def _facts(content: dict[str, Any], digest: str) -> list[list[str]]:
    ordered = content["route"] == "compelled"
    return [
        [pgettext("assistance", "Request"), content["request"]],
        [_("Recipient"), content["recipient"]["name"]],
        [_("Instrument"), content["instrument"]],
        [_("Rests on"), _("an order; consent is not certified") if ordered else _("consent of the people concerned")],
        [_("Released"), f"{clock.parse_instant(content['released_at']):%Y-%m-%d %H:%M} UTC"],
        [_("Revision of consent"), str(content["revision"])],
        [_("Transfer"), f"{content['transfer']['basis']}: {content['transfer']['ground']}"],
        [_("Danger assessed on"), content["transfer"]["danger_assessed_on"]],
        [_("SHA-256 of the signed file"), digest],
    ]


def _row(item: dict[str, Any]) -> list[str]:
    obligations = ", ".join(each["identity"] for each in item["obligations"])
    return [item["store"], item["item"], obligations or "—", item["sha256"]]
