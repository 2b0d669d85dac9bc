"""A second reading of the decision table (spec/10), written row by row and as plainly as can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# The kinds that a conversation asks about (spec/10, docs/store-protocol.md).
KINDS = (
    *("interview", "transcript", "audio", "video", "photo"),
    *("medical", "court", "official", "open_source", "analysis"),
)


@dataclass
class Person:
    """What is known of a person, scope by scope."""

    restrictions: set[str] = field(default_factory=set)
    open_scopes: set[str] = field(default_factory=set)
    # (effective_at, revision, code, conditions) for the scope asked about
    events: list[tuple[datetime, int, str, dict]] = field(default_factory=list)  # type: ignore[type-arg]
    yes_to: set[str] = field(default_factory=set)


@dataclass
class Thing:
    """An item as registered."""

    kind: str = "photo"
    held: bool = False
    no_data_subject: bool = False
    people: dict[str, set[str]] = field(default_factory=dict)  # person -> scopes that the basis covers
    sources: list[str] = field(default_factory=list)


def counts_until(event: tuple[datetime, int, str, dict], recorded: datetime) -> datetime:  # type: ignore[type-arg]
    """A word of denial at midnight is known by its day alone: it beats what was said that day until it was recorded."""
    moment, _, code, _ = event
    if code in ("refused", "withdrawn", "unanswered", "invalidated") and moment.hour == moment.minute == 0:
        end_of_day = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
        return max(moment, min(end_of_day, recorded))
    return moment


def answer_now(person: Person, recorded: datetime) -> tuple[str, dict] | None:  # type: ignore[type-arg]
    """History folds by effective_at, then revision; of two answers of the same moment the one that denies wins."""
    best = None
    for event in person.events:
        if best is None or counts_until(event, recorded) > counts_until(best, recorded):
            best = event
        elif counts_until(event, recorded) == counts_until(best, recorded):
            denies, best_denies = (e[2] not in ("granted", "ask_first") for e in (event, best))
            if (denies and not best_denies) or (denies == best_denies and event[1] > best[1]):
                best = event
    return None if best is None else (best[2], best[3])


def about_person(
    person: Person, scope: str, recipient: str, request: str | None, now: datetime, kinds: set[str], basis: set[str]
) -> tuple[str, str, str | None]:
    """The first row that fits: outcome, reason, identity."""
    if "erased" in person.restrictions:
        return "deny", "erased", None
    if "safety_hold" in person.restrictions:
        return "deny", "safety_hold", None
    if "paused_by_wish" in person.restrictions:
        return "deny", "paused_by_wish", None
    if "erasure_pending" in person.restrictions:
        return "deny", "erasure_pending", None
    if "restricted" in person.restrictions and scope not in person.open_scopes:
        return "deny", "restricted", None
    # All of it was brought in now.
    answer = answer_now(person, now)
    if answer is not None:
        code, conditions = answer
        if code in ("unanswered", "refused", "withdrawn", "expired", "invalidated", "superseded"):
            return "deny", code, None
        if conditions.get("ends_at") is not None and now >= conditions["ends_at"]:
            return "deny", "expired", None
        if conditions.get("majority_at") is not None and now >= conditions["majority_at"]:
            return "deny", "majority_unconfirmed", None
        if conditions.get("partners") is not None and recipient not in conditions["partners"]:
            return "deny", "recipient_excluded", None
        if conditions.get("only") and recipient not in conditions["only"]:
            return "deny", "recipient_excluded", None
        if recipient in conditions.get("except", ()):
            return "deny", "recipient_excluded", None
        if conditions.get("kinds") and any(kind in conditions["kinds"] or kind not in KINDS for kind in kinds):
            return "deny", "kind_excluded", None
        if code == "ask_first" and request not in person.yes_to:
            return "ask", "ask_first", None
        identity = conditions.get("identity")
        return "permit", "asked_and_granted" if code == "ask_first" else "granted", identity
    if scope in basis:
        if "objected" in person.restrictions:
            return "deny", "objected", None
        return "permit", "lawful_basis", None
    return "deny", "no_consent", None


def ways_in(name: str, things: Mapping[str, Thing]) -> tuple[set[str], dict[str, tuple[set[str], set[str]]]]:
    """The item-level codes of a thing with all its sources, and for each person the kinds and basis of all ways in."""
    thing = things.get(name)
    if thing is None:
        return {"unknown_item"}, {}
    if thing.held:
        return {"safety_hold"}, {}
    codes = set()
    if thing.no_data_subject:
        codes.add("no_data_subject")
    elif not thing.people and not thing.sources:
        codes.add("subjects_not_established")
    people = {person: ({thing.kind}, set(basis)) for person, basis in thing.people.items()}
    for source in thing.sources:
        more_codes, more_people = ways_in(source, things)
        codes |= more_codes
        for person, (kinds, basis) in more_people.items():
            if person in people:
                people[person] = (people[person][0] | kinds | {thing.kind}, people[person][1] & basis)
            else:
                people[person] = (kinds | {thing.kind}, basis)
    return codes, people


def decide(
    name: str,
    scope: str,
    recipient: str,
    request: str | None,
    now: datetime,
    things: Mapping[str, Thing],
    persons: Mapping[str, Person],
) -> tuple[str, set[tuple[str | None, str]], str | None]:
    """Outcome, reasons of the winning outcome, and the strictest identity asked for (None: no obligation)."""
    codes, people = ways_in(name, things)
    verdicts: list[tuple[str, str | None, str, str | None]] = []
    for code in codes:
        verdicts.append(("permit" if code == "no_data_subject" else "deny", None, code, None))
    for person, (kinds, basis) in people.items():
        outcome, code, identity = about_person(persons[person], scope, recipient, request, now, kinds, basis)
        verdicts.append((outcome, person, code, identity))
    winner = next(outcome for outcome in ("deny", "ask", "permit") if outcome in [v[0] for v in verdicts])
    reasons = {(person, code) for outcome, person, code, _ in verdicts if outcome == winner}
    identities = [identity for *_, identity in verdicts] if winner == "permit" else []
    strictest = (
        "anonymised" if "anonymised" in identities else "pseudonymised" if "pseudonymised" in identities else None
    )
    return winner, reasons, strictest
