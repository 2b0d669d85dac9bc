"""An authority asks to speak with somebody: put through the supporter the person chose, never by a page."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent import rules
from consent.catalogue import recipients
from consent.catalogue.recipients import WrongClass
from consent.disclosure import asking
from consent.disclosure.asking import DisclosureQuestion, Wording
from consent.disclosure.release import Release, ReleasedPerson, stands
from consent.disclosure.requests import CONTACT, DisclosureRequest, demand
from consent.ledger import answers, revisions, scopes
from consent.ledger.items import Item, ItemLink, ItemRole
from consent.rules import ItemKind, Outcome


@dataclass(frozen=True, slots=True)
class Put:
    """How many people are asked through their supporters, and how many must not be asked at all."""

    asked: int
    not_to_be_asked: int


@dataclass(frozen=True, slots=True)
class Burden:
    """What a person has gone through already: what a supporter weighs before asking again."""

    asked_to_speak: int
    told_in_interviews: int
    received_by: int


def ask_to_speak(session: Session, request: DisclosureRequest, people: Collection[str], wording: Wording) -> Put:
    """Ask people, through their supporters, whether they would speak with the body that asks.

    Those who did not agree to be contacted by such a body are not asked.

    Raises:
        WrongState: the request is not open.
        WrongClass: a body of this class may not ask to speak with people.
        asking.UnderSecrecy, asking.NoDate, ValueError: as `asking.ask`.
    """
    demand(session, request, "ask")
    entry = recipients.directory(session)[request.recipient]
    if entry.recipient_class not in scopes.catalogue(session)[CONTACT].classes:
        raise WrongClass(request.recipient)
    _, now = revisions.present(session)
    folded = answers.present(session, people, CONTACT)
    question = rules.Question(CONTACT, request.recipient, now)
    may = {}
    for subject in set(people):
        standing = answers.standing(folded, subject, CONTACT, now)
        outcome, _, _ = rules.judge(rules.PersonInItem(subject, frozenset()), standing, question, False)
        if outcome is not Outcome.DENY:
            may[subject] = 0
    return Put(asking.put(session, request, CONTACT, may, wording), len(set(people)) - len(may))


def burden(session: Session, subject_id: str) -> Burden:
    """How often a person was asked to speak, gave an interview, and was part of what somebody received."""
    asked = select(func.count()).where(DisclosureQuestion.subject_id == subject_id, DisclosureQuestion.scope == CONTACT)
    told = (
        select(func.count(Item.id.distinct()))
        .join(ItemLink, ItemLink.item_id == Item.id)
        .where(
            ItemLink.subject_id == subject_id,
            ItemLink.to_revision.is_(None),
            ItemLink.role == ItemRole.INTERVIEWEE,
            Item.kind == ItemKind.INTERVIEW,
        )
    )
    received = (
        select(func.count())
        .select_from(ReleasedPerson)
        .join(Release, Release.id == ReleasedPerson.release_id)
        .where(ReleasedPerson.subject_id == subject_id, stands())
    )
    return Burden(*(session.scalar(query) or 0 for query in (asked, told, received)))
