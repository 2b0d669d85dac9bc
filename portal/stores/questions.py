"""Answering a store's questions in the words of the protocol, with its own pseudonyms."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from consent import rules
from consent.deciding import decisions
from consent.ledger import revisions, stores
from consent.ledger.stores import Store
from portal.stores import offer
from portal.stores.offer import Offer
from portal.stores.problems import MOST_FAULTS, Fault, Problem, pointer
from portal.stores.schemas import Decisions, Selection
from vault.database import Database

_DETAILS = {
    "unknown-scope": "Unknown, or not on this store's allow-list",
    "unknown-recipient": "Unknown",
    "wrong-class": "Not of a class that the scope is for",
    "in-the-future": "This time has not come yet",
}
_LINES_AT_A_TIME = 500


def answer(session: Session, store: Store, asked: Decisions) -> dict[str, Any]:
    """The answers to `asked`, in order, from the snapshot that `session` reads.

    Raises:
        Problem: 422 for the whole call, with a pointer to each unknown key, wrong class or time in the future.
    """
    _check(session, store, asked)
    made = decisions.decide_many(
        session,
        store.id,
        [decisions.Asked(each.item, each.scope, each.recipient, each.request) for each in asked.questions],
        decisions.AsOf(asked.at, asked.known_at),
    )
    people = {reason.subject for decision in made for reason in decision.reasons if reason.subject is not None}
    names = stores.pseudonyms(session, store.id, people)
    return {
        "revision": store.cursor,
        "answers": [
            {
                "item": question.item,
                "scope": question.scope,
                "recipient": question.recipient,
                "outcome": decision.outcome,
                "obligations": _obligations(decision),
                "reasons": [
                    {"subject": reason.subject and names[reason.subject], "code": reason.code}
                    for reason in decision.reasons
                ],
            }
            for question, decision in zip(asked.questions, made, strict=True)
        ],
    }


def _obligations(decision: rules.Decision) -> list[dict[str, str]]:
    return [] if decision.identity is None else [{"identity": decision.identity}]


def _check(session: Session, store: Store, asked: Decisions) -> None:
    offered = offer.to(session, store)
    _, present = revisions.present(session)
    faults = [
        ("in-the-future", (name,))
        for name, moment in (("at", asked.at), ("known_at", asked.known_at))
        if moment is not None and moment > present
    ]
    _refuse([*_question_faults(offered, asked), *faults])


def _question_faults(offered: Offer, asked: Decisions) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    known: dict[tuple[str, str], tuple[str, str] | None] = {}
    for place, question in enumerate(asked.questions):
        pair = question.scope, question.recipient
        if pair not in known:
            known[pair] = _pair_fault(offered, *pair)
        if (fault := known[pair]) is not None:
            yield fault[0], ("questions", place, fault[1])


def _pair_fault(offered: Offer, scope: str, recipient: str) -> tuple[str, str] | None:
    if scope not in offered.scopes:
        return "unknown-scope", "scope"
    if recipient not in offered.recipients:
        return "unknown-recipient", "recipient"
    if offered.recipients[recipient].recipient_class not in offered.scopes[scope].classes:
        return "wrong-class", "recipient"
    return None


def _refuse(found: Sequence[tuple[str, tuple[str | int, ...]]]) -> None:
    faults = [Fault(pointer(*place), _DETAILS[kind]) for kind, place in found[:MOST_FAULTS]]
    if faults:
        raise Problem(found[0][0], "Nothing was answered; see the errors, each with a pointer to its place.", faults)


def select(database: Database, session: Session, store: Store, asked: Selection) -> Iterator[str]:
    """The lines of a selection, to be sent as they come; nothing of `session` is used once this has returned.

    The revision on the last line is the one that `session` saw: every part is read after it.

    Raises:
        Problem: 422, before the first line.
    """
    fault = _pair_fault(offer.to(session, store), asked.scope, asked.recipient)
    _refuse([(fault[0], (fault[1],))] if fault else [])
    return _selection(database, store, asked, store.cursor)


def _selection(database: Database, store: Store, asked: Selection, revision: int) -> Iterator[str]:
    counts = {outcome.value: 0 for outcome in rules.Outcome}
    lines: list[str] = []
    for selected in decisions.select_items(database, store, asked.scope, asked.recipient, asked.kinds):
        counts[selected.decision.outcome] += 1
        if selected.decision.outcome == asked.outcome:
            line = {"item": selected.item, "obligations": _obligations(selected.decision)}
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
        if len(lines) >= _LINES_AT_A_TIME:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines) + json.dumps({"counts": counts, "revision": revision}) + "\n"
