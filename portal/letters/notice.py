"""The letter to a recipient after a withdrawal, on paper: its words, and the items that it is about."""

from flask_babel import gettext as _

from consent.disclosure.notices import NoticeText
from portal.letters.typesetting import typeset


def on_paper(recipient: str, said: NoticeText, dated: str) -> bytes:
    """The letter as PDF/UA. It names items by their numbers, and no person."""
    return typeset(
        "notice",
        {
            "title": _("Letter to %(name)s", name=recipient),
            "date": dated,
            "text": said.text,
            "items_title": _("Items that they hold:"),
            "items": list(said.items),
        },
    )
