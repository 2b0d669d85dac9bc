"""The lists of the data protection officer's desk."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from consent.ledger import following
from consent.ledger.following import Following
from consent.people import organisations, subjects
from consent.rights import breaches, deadlines, decisions, records, requests, retention
from consent.rights.breaches import Breach
from consent.rights.records import Processing
from consent.rights.requests import RequesterQuestion, RequestState, RightsRequest
from consent.rights.retention import RetentionReview
from portal.frame.transaction import db
from portal.lists import (
    Act,
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
    text,
    within,
)
from portal.words.consent import day, elapsed_since, language, minute
from portal.words.rights import CLOCK_CHIPS, CLOCK_WORDS, OUTCOME_WORDS, RIGHT_WORDS, RISK_WORDS
from vault import clock

# How many days before the last one a request is shown as pressing.
_PRESSING = 7
_ALL = ("all", lazy_gettext("all"))


class QueuedRequest(NamedTuple):
    """A request in the queue: whose it is, whether it is decided, and how its clock stands."""

    request: RightsRequest
    code: str
    clock: str
    decided: bool
    days_left: int
    days_used: int
    days: int

    @property
    def is_running(self) -> bool:
        """Whether its days pass and are not over."""
        return self.clock in ("running", "extended")

    @property
    def is_pressing(self) -> bool:
        """Whether its last day is near."""
        return self.is_running and self.days_left <= _PRESSING

    @property
    def stands(self) -> str:
        """Where it stands, in words."""
        return str(_stands(self))


def queue(found: list[RightsRequest]) -> list[QueuedRequest]:
    """What a line of the queue shows of each request."""
    today = clock.today()
    codes = subjects.codes_of(db, {each.subject_id for each in found if each.subject_id})
    waits = decisions.waiting_among(db, found)
    return [
        QueuedRequest(
            request=each,
            code=codes.get(each.subject_id or "", ""),
            clock=deadlines.clock_state(each, today),
            decided=each.id in waits,
            days_left=(each.due_on - today).days,
            days_used=(today - each.received_on).days,
            days=max((each.due_on - each.received_on).days, 1),
        )
        for each in found
    ]


def _stands(line: QueuedRequest) -> Any:
    asked = line.request
    if line.decided:
        return _("decided: its letter waits for you")
    if asked.state != RequestState.OPEN:
        return {RequestState.ANSWERED: _("answered"), RequestState.ENDED: _("taken back")}[RequestState(asked.state)]
    if asked.paused_for:
        return _("waiting: who asks") if asked.paused_for == RequesterQuestion.IDENTITY else _("waiting: what is meant")
    return _("being worked") if asked.identity else _("not yet known who asks")


def clock_chips(line: QueuedRequest) -> Iterable[Chip]:
    """The clock of a request as a chip."""
    last = day(line.request.due_on)
    if line.is_running:
        return (Chip("need" if line.is_pressing else "wait", _("due %(day)s", day=last)),)
    if line.clock == "overdue":
        return (Chip("need", _("overdue since %(day)s", day=last)),)
    return (Chip(CLOCK_CHIPS[line.clock], CLOCK_WORDS[line.clock]),)


REQUESTS: Listing[QueuedRequest] = declare(
    Listing(
        key="protection.requests",
        title=lazy_gettext("Requests"),
        page="protection.requests.listing",
        file="protection.requests.file",
        columns=(
            Column(
                "reference",
                lazy_gettext("Reference"),
                lambda line: line.request.reference,
                url=lambda line: url_for("protection.requests.show", reference=line.request.reference),
            ),
            coded("right", lazy_gettext("Right"), lambda line: line.request.right, RIGHT_WORDS),
            Column("controller", lazy_gettext("Partner"), lambda line: line.request.organisation),
            Column(
                "person",
                lazy_gettext("Person"),
                lambda line: line.code,
                text=lambda line: line.code or _("not known here"),
                in_file=False,
            ),
            day_column("received", lazy_gettext("Received"), lambda line: line.request.received_on),
            chipped(
                "due",
                lazy_gettext("Clock"),
                lambda line: line.request.due_on,
                clock_chips,
            ),
            Column(
                "state",
                lazy_gettext("Where it stands"),
                lambda line: line.request.state,
                text=lambda line: None if line.decided else line.stands,
                order=lambda line: line.stands,
                chips=lambda line: (Chip("need", line.stands),) if line.decided else (),
            ),
            coded("outcome", lazy_gettext("Outcome"), lambda line: line.request.outcome, OUTCOME_WORDS, on_page=False),
            Column("ground", lazy_gettext("Ground"), lambda line: line.request.ground, on_page=False),
            Column("extended", lazy_gettext("extended"), lambda line: line.request.extended, on_page=False),
        ),
        order="due",
        filters=(
            text(
                "find",
                lazy_gettext("Reference or person"),
                within(lambda line: line.request.reference, lambda line: line.code),
            ),
            choice(
                "state",
                lazy_gettext("State"),
                lambda: {"open": _("open"), "answered": _("answered"), "ended": _("taken back")},
                default="open",
                all_of_them=_ALL,
            ),
            choice("right", lazy_gettext("Right"), lambda: RIGHT_WORDS),
            choice(
                "organisation",
                lazy_gettext("Partner"),
                lambda: [(partner.key, partner.name) for partner in organisations.listed(db)],
            ),
            *days(lambda line: line.request.received_on),
        ),
        empty=lazy_gettext("No request is waiting."),
    )
)


def requests_asked_for(wanted: Mapping[str, Any]) -> Iterable[QueuedRequest]:
    """The requests of a state, a right and a partner."""
    state = None if wanted["state"] == "all" else wanted["state"]
    return queue(requests.listed(db, state=state, right=wanted["right"], organisation=wanted["organisation"]))


def follows(each: Following) -> Iterable[Chip]:
    """How a store follows, as a chip."""
    if each.behind_since is None:
        return (Chip("yes", _("follows")),)
    return (Chip("need", _("silent")),) if each.is_silent else (Chip("wait", _("behind")),)


STORES: Listing[Following] = declare(
    Listing(
        key="protection.stores",
        title=lazy_gettext("Stores"),
        page="protection.store_list",
        file="protection.stores_file",
        columns=(
            Column(
                "store",
                lazy_gettext("Store"),
                lambda each: each.store.name,
                url=lambda each: url_for("protection.store", store_id=each.store.id),
            ),
            Column("missing", lazy_gettext("Changes not yet confirmed"), lambda each: each.missing),
            Column(
                "behind_since",
                lazy_gettext("Oldest waits"),
                lambda each: each.behind_since,
                text=lambda each: elapsed_since(each.behind_since) if each.behind_since else _("nothing waits"),
            ),
            Column(
                "last_heard",
                lazy_gettext("Last heard"),
                lambda each: each.last_heard,
                text=lambda each: minute(each.last_heard) if each.last_heard else _("never"),
            ),
            Column("items", lazy_gettext("Items"), lambda each: each.items),
            Column("without_people", lazy_gettext("Declared to show nobody"), lambda each: each.without_people),
            chipped(
                "state",
                lazy_gettext("State"),
                lambda each: "follows" if each.behind_since is None else "silent" if each.is_silent else "behind",
                follows,
                order=lambda each: [chip.words for chip in follows(each)],
            ),
        ),
        order="store",
        filters=(text("find", lazy_gettext("Store"), within(lambda each: each.store.name)),),
        empty=lazy_gettext("No store is like that."),
    )
)


def stores_that_follow(_wanted: Mapping[str, Any]) -> Iterable[Following]:
    """Every store."""
    return following.all_stores(db)


def _in_english(words: str) -> Markup:
    return Markup('<span lang="en">{}</span>').format(words)


PROCESSING: Listing[Processing] = declare(
    Listing(
        key="protection.processing",
        title=lazy_gettext("Records of processing"),
        page="protection.register.processing",
        file="protection.register.processing_file",
        columns=(
            Column(
                "purpose",
                lazy_gettext("Purpose"),
                lambda each: each.purpose,
                text=lambda each: f"{each.title} ({each.purpose})",
                order=lambda each: each.title,
            ),
            Column("title", lazy_gettext("Purpose"), lambda each: each.title, on_page=False),
            Column("controllers", lazy_gettext("Partners"), lambda each: each.controllers, on_page=False),
            Column("people", lazy_gettext("People"), lambda each: each.people, on_page=False),
            Column("basis", lazy_gettext("Basis"), lambda each: each.basis),
            Column("recipients", lazy_gettext("Recipients"), lambda each: each.recipients),
            Column("third_countries", lazy_gettext("Outside the EEA"), lambda each: each.third_countries),
            Column("stores", lazy_gettext("Stores"), lambda each: each.stores),
            Column(
                "retention",
                lazy_gettext("Kept"),
                lambda each: each.retention,
                text=lambda each: _in_english(each.retention),
            ),
            Column("security", lazy_gettext("Security"), lambda each: each.security, on_page=False),
        ),
        order="purpose",
        filters=(
            text(
                "find",
                lazy_gettext("Purpose or recipient"),
                within(lambda each: each.title, lambda each: each.purpose, lambda each: " ".join(each.recipients)),
            ),
        ),
        empty=lazy_gettext("No purpose is like that."),
    )
)


def records_of_processing(_wanted: Mapping[str, Any]) -> Iterable[Processing]:
    """The record of every purpose."""
    return records.of_processing(db, language())


def _breach_state(breach: Breach) -> str:
    if breach.closed_at:
        return "closed"
    if breach.notified_at:
        return "notified"
    return "overdue" if breach.due_at < clock.now() else "waiting"


_BREACH_STATES = {
    "overdue": lazy_gettext("overdue"),
    "waiting": lazy_gettext("not notified yet"),
    "notified": lazy_gettext("notified"),
    "closed": lazy_gettext("closed"),
}
_BREACH_CHIPS = {"overdue": "need", "waiting": "need", "notified": "wait", "closed": "yes"}

BREACHES: Listing[Breach] = declare(
    Listing(
        key="protection.breaches",
        title=lazy_gettext("Breaches"),
        page="protection.register.breach_list",
        file="protection.register.breaches_file",
        columns=(
            minute_column(
                "noticed",
                lazy_gettext("Noticed"),
                lambda breach: breach.aware_at,
                url=lambda breach: url_for("protection.register.breach", breach_id=breach.id),
            ),
            coded("risk", lazy_gettext("Risk"), lambda breach: breach.risk, RISK_WORDS),
            minute_column("due", lazy_gettext("To be notified by"), lambda breach: breach.due_at),
            coded("state", lazy_gettext("State"), _breach_state, _BREACH_STATES, chips_of=_BREACH_CHIPS),
        ),
        order="-noticed",
        filters=(
            choice(
                "state",
                lazy_gettext("State"),
                lambda: _BREACH_STATES,
                lambda breach, state: _breach_state(breach) == state,
            ),
            choice("risk", lazy_gettext("Risk"), lambda: RISK_WORDS, lambda breach, risk: breach.risk == risk),
            *days(lambda breach: breach.aware_at),
        ),
        empty=lazy_gettext("No breach is on record."),
    )
)


def breaches_on_record(_wanted: Mapping[str, Any]) -> Iterable[Breach]:
    """Every breach."""
    return breaches.listed(db)


class KeptTooLong(NamedTuple):
    """Somebody whose record has been kept for longer than its time."""

    review: RetentionReview
    code: str


RETENTION: Listing[KeptTooLong] = declare(
    Listing(
        key="protection.retention",
        title=lazy_gettext("To be looked at"),
        page="protection.register.retention_list",
        file="protection.register.retention_file",
        columns=(
            Column("person", lazy_gettext("Person"), lambda each: each.code),
            day_column("since", lazy_gettext("Since"), lambda each: each.review.due_at),
        ),
        order="since",
        filters=(text("find", lazy_gettext("Person"), within(lambda each: each.code)),),
        empty=lazy_gettext("Nothing has been kept too long."),
        acts=(Act("settle", lazy_gettext("It is still needed")),),
        acts_at="protection.register.settle_retention",
        row_key=lambda each: each.review.id,
    )
)


def kept_too_long(_wanted: Mapping[str, Any]) -> Iterable[KeptTooLong]:
    """The reviews that nobody has settled."""
    reviews = retention.open_ones(db)
    codes = subjects.codes_of(db, {review.subject_id for review in reviews})
    return [KeptTooLong(review, codes.get(review.subject_id, "")) for review in reviews]
