"""The lists of the disclosure officer's desk."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext

from consent.catalogue import classes, recipients
from consent.catalogue.recipients import Recipient
from consent.disclosure import lists as item_lists
from consent.disclosure import notices, release, requests, terms
from consent.disclosure.notices import RecipientNotice
from consent.disclosure.release import Release
from consent.disclosure.requests import DisclosureRequest
from consent.disclosure.terms import RecipientTerms
from consent.people import subjects
from portal.desks.disclosure import words
from portal.frame.transaction import db
from portal.lists import (
    Chip,
    Column,
    Listing,
    chipped,
    choice,
    coded,
    day_column,
    days,
    declare,
    minute_column,
    named,
    text,
    within,
)
from portal.words.consent import recipient_name
from portal.words.recipients import RECIPIENT_CLASSES


def disclosed_to() -> list[tuple[str, str]]:
    """The recipients that something can be disclosed to, with their names."""
    return [(entry.key, recipient_name(entry)) for entry in _entries()]


def _entries() -> list[Recipient]:
    known = classes.all_rules(db)
    return [entry for entry in recipients.directory(db).values() if entry.recipient_class in known]


def _recipient(label: Any, **more: Any) -> Column[Any]:
    return named("recipient", label, lambda each: each.recipient.key, _name_of_recipient, **more)


def _name_of_recipient(each: Any) -> str:
    return recipient_name(each.recipient)


class Asked(NamedTuple):
    """A request for assistance, who asks, and for how many items."""

    request: DisclosureRequest
    recipient: Recipient
    items: int


def _state_chips(each: Asked) -> Iterable[Chip]:
    state = each.request.state
    yield Chip(words.STATE_CHIPS.get(state, "yes"), words.STATE_WORDS[state])
    if each.request.is_overdue:
        yield Chip("need", _("overdue"))


REQUESTS: Listing[Asked] = declare(
    Listing(
        key="disclosure.requests",
        title=lazy_gettext("Requests for assistance"),
        page="disclosure.listing",
        file="disclosure.requests_file",
        columns=(
            Column(
                "number",
                lazy_pgettext("assistance", "Request"),
                lambda each: each.request.number,
                url=lambda each: url_for("disclosure.show", request_id=each.request.id),
            ),
            _recipient(lazy_gettext("Who asks")),
            day_column("received", lazy_gettext("Received"), lambda each: each.request.received_on),
            day_column("deadline", lazy_gettext("Answer by"), lambda each: each.request.deadline_on),
            Column("items", lazy_gettext("Items"), lambda each: each.items),
            coded("route", lazy_gettext("Route"), lambda each: each.request.route, words.ROUTE_WORDS),
            chipped(
                "state",
                lazy_gettext("State"),
                lambda each: each.request.state,
                _state_chips,
                order=lambda each: words.STATE_WORDS[each.request.state],
            ),
        ),
        order="-number",
        filters=(
            text(
                "find",
                lazy_gettext("Request or who asks"),
                within(lambda each: each.request.number, _name_of_recipient),
            ),
            choice("state", lazy_gettext("State"), lambda: words.STATE_WORDS),
            choice("recipient", lazy_gettext("Who asks"), disclosed_to),
            *days(lambda each: each.request.received_on),
        ),
        empty=lazy_gettext("No request is like that."),
    )
)


def requests_asked_for(wanted: Mapping[str, Any]) -> Iterable[Asked]:
    """The requests in a state and of a recipient."""
    known, lengths = recipients.directory(db), item_lists.lengths(db)
    found = requests.listed(db, state=wanted["state"], recipient=wanted["recipient"])
    return [Asked(each, known[each.recipient], lengths.get(each.id, 0)) for each in found]


class Released(NamedTuple):
    """A release, to whom it went, and whether it was called back."""

    release: Release
    recipient: Recipient
    recalled: bool


RELEASES: Listing[Released] = declare(
    Listing(
        key="disclosure.releases",
        title=lazy_gettext("Releases"),
        page="disclosure.releases.listing",
        file="disclosure.releases.file",
        columns=(
            Column(
                "number",
                lazy_gettext("Release"),
                lambda each: each.release.number,
                url=lambda each: url_for("disclosure.releases.show", release_id=each.release.id),
                chips=lambda each: (Chip("no", words.STEP_WORDS["recalled"]),) if each.recalled else (),
            ),
            _recipient(lazy_gettext("Recipient")),
            minute_column("released", lazy_gettext("Released"), lambda each: each.release.released_at),
            Column("items", lazy_gettext("Items"), lambda each: each.release.items),
            Column("asked_for", lazy_gettext("Asked for"), lambda each: each.release.asked_for),
            Column("recalled", lazy_gettext("Recalled"), lambda each: each.recalled, on_page=False),
        ),
        order="-released",
        filters=(
            text(
                "find",
                lazy_gettext("Release or recipient"),
                within(lambda each: each.release.number, _name_of_recipient),
            ),
            choice(
                "recipient", lazy_gettext("Recipient"), disclosed_to, lambda each, key: each.release.recipient == key
            ),
            *days(lambda each: each.release.released_at),
        ),
        empty=lazy_gettext("Nothing was released yet."),
    )
)


def everything_released(_wanted: Mapping[str, Any]) -> Iterable[Released]:
    """Everything that was released."""
    known, recalled = recipients.directory(db), release.recalled(db)
    return [Released(each, known[each.recipient], each.id in recalled) for each in release.listed(db)]


class Notice(NamedTuple):
    """A letter to a recipient about a person."""

    notice: RecipientNotice
    recipient: Recipient
    code: str


def _notice_chips(each: Notice) -> Iterable[Chip]:
    yield Chip(words.NOTICE_CHIPS[each.notice.state], words.NOTICE_WORDS[each.notice.state])
    if each.notice.went_between:
        yield Chip("need", _("went out in between"))


NOTICES: Listing[Notice] = declare(
    Listing(
        key="disclosure.notices",
        title=lazy_gettext("Letters after a withdrawal"),
        page="disclosure.notices.listing",
        file="disclosure.notices.file",
        columns=(
            minute_column(
                "drafted",
                lazy_gettext("Drafted"),
                lambda each: each.notice.drafted_at,
                url=lambda each: url_for("disclosure.notices.show", notice_id=each.notice.id),
            ),
            _recipient(lazy_gettext("Recipient")),
            Column("person", lazy_gettext("Person"), lambda each: each.code),
            chipped(
                "state",
                lazy_gettext("State"),
                lambda each: each.notice.state,
                _notice_chips,
                order=lambda each: words.NOTICE_WORDS[each.notice.state],
            ),
        ),
        order="drafted",
        filters=(
            text(
                "find",
                lazy_gettext("Person or recipient"),
                within(lambda each: each.code, _name_of_recipient),
            ),
            choice("state", lazy_gettext("State"), lambda: words.NOTICE_WORDS),
            *days(lambda each: each.notice.drafted_at),
        ),
        empty=lazy_gettext("No letter is like that."),
    )
)


def notices_in_state(wanted: Mapping[str, Any]) -> Iterable[Notice]:
    """The letters in a state."""
    listed, known = notices.listed(db, wanted["state"]), recipients.directory(db)
    codes = subjects.codes_of(db, {each.subject_id for each in listed})
    return [Notice(each, known[each.recipient], codes.get(each.subject_id, "")) for each in listed]


class Receiving(NamedTuple):
    """A recipient with its standing terms, if they are entered."""

    recipient: Recipient
    terms: RecipientTerms | None


def _transfer(each: Receiving) -> str:
    if each.terms is None:
        return str(_("not entered yet"))
    return f"{words.TRANSFER_WORDS[each.terms.transfer_basis]}: {each.terms.transfer_ground}"


RECIPIENTS: Listing[Receiving] = declare(
    Listing(
        key="disclosure.recipients",
        title=lazy_gettext("Recipients"),
        page="disclosure.directory.show",
        file="disclosure.directory.file",
        columns=(
            _recipient(
                lazy_gettext("Recipient"),
                url=lambda each: url_for("disclosure.directory.recipient", key=each.recipient.key),
            ),
            Column("country", lazy_gettext("State"), lambda each: each.recipient.country),
            coded("class", lazy_gettext("Class"), lambda each: each.recipient.recipient_class, RECIPIENT_CLASSES),
            named(
                "transfer",
                lazy_gettext("Transfer"),
                lambda each: each.terms.transfer_basis if each.terms else None,
                _transfer,
            ),
            Column(
                "terms",
                lazy_gettext("Standing terms"),
                lambda each: " ".join(each.terms.standing) if each.terms else None,
            ),
        ),
        order="recipient",
        filters=(
            text(
                "find",
                lazy_gettext("Recipient"),
                within(_name_of_recipient, lambda each: each.recipient.key),
            ),
            choice(
                "class",
                lazy_gettext("Class"),
                lambda: RECIPIENT_CLASSES,
                lambda each, key: each.recipient.recipient_class == key,
            ),
        ),
        empty=lazy_gettext("No recipient is like that."),
    )
)


def everybody_disclosed_to(_wanted: Mapping[str, Any]) -> Iterable[Receiving]:
    """Every recipient that something can be disclosed to."""
    known = terms.all_terms(db)
    return [Receiving(each, known.get(each.key)) for each in _entries()]
