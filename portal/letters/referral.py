"""The referral sheet on paper, after the fields of the IASC inter-agency form (2017)."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from mhpss import cases, protocols
from mhpss.cases import Case
from mhpss.referral import referral_table, referrals
from mhpss.referral.referral_table import Urgency
from mhpss.referral.referrals import IDENTIFYING, Referral
from mhpss.services import directory, locations
from portal.letters.typesetting import typeset
from portal.words.consent import day, language, minute_and_zone
from portal.words.directory import where_in_words
from portal.words.referral import FIELD_WORDS, GROUND_WORDS, NEED_WORDS, REFERRAL_STATES, URGENCY_WORDS


def on_paper(session: Session, referral: Referral, case: Case) -> bytes:
    """The sheet as PDF/UA: coded until the provider has accepted, or where help was called in danger to life."""
    parts = [
        *_danger(session, referral, case),
        {"heading": _("Priority and date"), "lines": _priority(referral)},
        {"heading": _("Who receives it"), "lines": _receiver(session, referral)},
        {"heading": _("The person"), "lines": _person(session, referral)},
        {"heading": _("Consent"), "lines": _consent(session, referral)},
        {"heading": _("Follow-up"), "lines": _follow_up(referral)},
    ]
    return typeset("referral", {"title": _("Sheet %(number)s", number=referral.number), "parts": parts})


def _danger(session: Session, referral: Referral, case: Case) -> list[dict[str, Any]]:
    if referral.ground is None and referral.urgency != Urgency.EMERGENCY:
        return []
    country = cases.intake_of(session, case).country
    lines = [[str(number), text] for number, text in enumerate(protocols.for_team(country, language()), start=1)]
    return [{"heading": _("If their life is in danger"), "lines": lines}]


def _priority(referral: Referral) -> list[list[str]]:
    lines = [
        [_("Urgency"), str(URGENCY_WORDS[referral.urgency])],
        [_("Where it stands"), str(REFERRAL_STATES[referral.state])],
    ]
    if referral.sent_at:
        lines.append([_("Sent on"), day(referral.sent_at)])
    return lines


def _receiver(session: Session, referral: Referral) -> list[list[str]]:
    service, provider = referrals.service_of(session, referral)
    places = locations.of(session, [service.id])[service.id]
    where = [where_in_words(place) or _("From anywhere") for place in places]
    return [
        [_("Provider"), provider.name],
        [_("Contact for referrals"), directory.contact_of(session, provider)],
        [_("Service"), service.names[language()]],
        [_("What is needed"), ", ".join(str(NEED_WORDS[need]) for need in service.needs)],
        [_("Place"), "; ".join(where)],
    ]


def _person(session: Session, referral: Referral) -> list[list[str]]:
    known = referral_table.shows_identity(referral.state) or referral.ground is not None
    told = referrals.content_of(session, referral)
    shown = [name for name in referral.fields if known or name not in IDENTIFYING]
    return [[_("Code"), referral.number], *([str(FIELD_WORDS[name]), told[name]] for name in shown)]


def _consent(session: Session, referral: Referral) -> list[list[str]]:
    agreed = _("yes, to this provider and these fields") if referrals.is_allowed(session, referral) else _("no")
    if referral.ground is not None:
        agreed = _("help was called before asking: %(ground)s", ground=GROUND_WORDS[referral.ground])
    fields = ", ".join(str(FIELD_WORDS[name]) for name in referral.fields)
    return [[_("Agreed"), str(agreed)], [_("Fields"), fields]]


def _follow_up(referral: Referral) -> list[list[str]]:
    due = minute_and_zone(referral.due_at) if referral.due_at else "—"
    appointment = minute_and_zone(referral.appointment_at) if referral.appointment_at else "—"
    return [[_("Answer due by"), due], [_("Appointment"), appointment]]
