"""What a person allows in matters of support: that a case is kept, and that they are passed to one provider.

A yes to a provider is an answer to `mhpss.refer` in a context of its own: one provider, and exactly these fields.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger import answers, ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import Revision, lock
from consent.rules import ReasonCode
from vault import clock
from vault.canonical import canonical

CASE, REFER, OUTCOMES = "mhpss.case", "mhpss.refer", "mhpss.outcomes"


def may_hold_case(session: Session, subject_id: str) -> bool:
    """Whether a case about the person may be kept now: a yes that stands, and nothing that holds them back."""
    folded = answers.present(session, [subject_id], CASE)
    return answers.standing(folded, subject_id, CASE, clock.now()).code == ReasonCode.GRANTED


def may_refer(session: Session, subject_id: str, context: str) -> bool:
    """Whether the person may be passed to the provider of `context` now.

    That takes a yes to this very provider and these fields, while the answer to being referred at all stands.
    """
    folded = answers.present(session, [subject_id], REFER)
    general = answers.standing(folded, subject_id, REFER, clock.now()).code
    return general in answers.PERMITTING and answers.said_yes(folded, subject_id, REFER, context)


def may_ask(session: Session, subject_id: str) -> bool:
    """Whether the person may be asked about a provider: they have not said no to being referred at all."""
    folded = answers.present(session, [subject_id], REFER)
    return answers.standing(folded, subject_id, REFER, clock.now()).code in answers.PERMITTING


def counted_in_outcomes(session: Session, subject_ids: Collection[str]) -> frozenset[str]:
    """Who of these people may enter outcome figures now: a yes that stands, and nothing that holds them back."""
    folded, now = answers.present(session, subject_ids, OUTCOMES), clock.now()
    codes = {each: answers.standing(folded, each, OUTCOMES, now).code for each in subject_ids}
    return frozenset(each for each, code in codes.items() if code == ReasonCode.GRANTED)


def ask(session: Session, subject_id: str, context: str, provider: str, fields: Sequence[str], author: str) -> Revision:
    """Record that the person is asked about a provider and the fields it would get."""
    body = {"provider": provider, "fields": sorted(fields), "asked_sha256": _digest(provider, fields)}
    draft = Draft(Kind.ASKED, subject_id=subject_id, scope=REFER, context=context, author=author, body=body)
    return ledger.append(session, [draft])


def answer(
    session: Session,
    subject_id: str,
    context: str,
    said: str,
    provider: str,
    fields: Sequence[str],
    *,
    language: str,
    method: str,
    author: str,
) -> Revision:
    """Record the answer about a provider; it binds once the caller commits.

    Raises:
        ValueError: neither `granted` nor `refused`.
    """
    if said not in (ReasonCode.GRANTED, ReasonCode.REFUSED):
        raise ValueError(said)
    lock(session)
    body: dict[str, Any] = {
        "answer": said,
        "provider": provider,
        "fields": sorted(fields),
        "asked_sha256": _digest(provider, fields),
        "language": language,
        "method": method,
    }
    draft = Draft(Kind.ANSWERED, subject_id=subject_id, scope=REFER, context=context, author=author, body=body)
    return ledger.append(session, [draft])


def withdraw(session: Session, subject_id: str, context: str, channel: str, author: str) -> Revision:
    """Stop being passed to the provider of `context` (GDPR Art. 7(3)): no reason, no waiting."""
    body = {"channel": channel}
    draft = Draft(Kind.WITHDRAWN, subject_id=subject_id, scope=REFER, context=context, author=author, body=body)
    return ledger.append(session, [draft])


def _digest(provider: str, fields: Sequence[str]) -> str:
    return hashlib.sha256(canonical({"provider": provider, "fields": sorted(fields)})).hexdigest()
