"""Registering items: a store says what an item is, who is in it and what it was made from."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from consent.deciding.lineage import ABSENT, ItemState, Lineage
from consent.ledger import answers, bases, feed, item_changes, items, ledger, stores
from consent.ledger.events import Draft, Kind
from consent.ledger.items import Item, ItemHold, ItemKind, ItemLink, ItemRole, ItemSource, ItemVersion, Link
from consent.ledger.revisions import Moment, as_known, lock, open_moment
from consent.people import subjects
from vault.canonical import canonical
from vault.database import in_parts, keyring


class Fault(StrEnum):
    """Why a line was not taken."""

    UNKNOWN_SUBJECT = "unknown-subject"
    AMBIGUOUS_SUBJECT = "ambiguous-subject"
    UNKNOWN_BASIS = "unknown-basis"
    MAY_NOT_DECLARE = "may-not-declare"
    DECLARED_WITH_PEOPLE = "declared-with-people"
    CIRCLE_OF_SOURCES = "circle-of-sources"
    TOO_DEEP = "too-deep"


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person as a store names them: by pseudonym or interview reference, or by the store's own key."""

    name: str | None
    person_key: str | None
    role: str = ItemRole.INTERVIEWEE
    basis: str = bases.CONSENT


@dataclass(frozen=True, slots=True)
class Registration:
    """An item's whole registration: what it omits takes its default."""

    item: str
    kind: str
    people: tuple[NamedPerson, ...] = ()
    sources: tuple[str, ...] = ()
    no_data_subject: bool = False
    sha256: str | None = None

    def as_value(self) -> dict[str, Any]:
        """What the ledger commits to."""
        return {
            "item": self.item,
            "kind": self.kind,
            "people": [[p.name, p.person_key, p.role, p.basis] for p in self.people],
            "sources": list(self.sources),
            "no_data_subject": self.no_data_subject,
            "sha256": self.sha256,
        }


@dataclass(slots=True)
class Registered:
    """What became of some registrations, by their place in the call."""

    accepted: int = 0
    unchanged: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)


def register(session: Session, store: stores.Store, registrations: Sequence[Registration]) -> Registered:
    """Take each of `registrations` or say why not; what is taken and who must be told commit together.

    Idempotent: a registration that changes nothing is counted and writes nothing. A source that is not yet
    registered is accepted, and denies until it is.
    """
    lock(session)
    people = _People(session, store, registrations)
    known = _known(session, store.id, registrations)
    covered = bases.covered_scopes(session)
    outcome, changed = Registered(), {}
    for place, registration in enumerate(registrations):
        fault = _fault(store, registration, people, known, covered)
        if fault is not None:
            outcome.faults[place] = fault
            continue
        before = known.state(registration.item)
        after = ItemState(
            before.item_id,
            registration.kind,
            registration.no_data_subject,
            registration.sha256,
            True,
            people.links(registration),
            frozenset(registration.sources),
        )
        if after == before:
            outcome.unchanged += 1
            continue
        outcome.accepted += 1
        known.take(registration.item, after)
        changed[registration.item] = registration
    if changed:
        _apply(session, store, changed, known, people)
    return outcome


class _People:
    """Everybody whom the registrations name, found in a few queries; newcomers by key get an id at once."""

    def __init__(self, session: Session, store: stores.Store, registrations: Iterable[Registration]) -> None:
        named = [person for registration in registrations for person in registration.people]
        names = {person.name for person in named if person.name is not None}
        self._by_name = stores.by_pseudonym(session, store.id, names)
        self._by_name.update(subjects.by_name(session, names - self._by_name.keys()))
        ring = keyring(session)
        self._index = {
            person.person_key: ring.blind_index(f"store_subjects.person_key:{store.id}", person.person_key)
            for person in named
            if person.person_key is not None
        }
        self._by_key = stores.by_person_key(session, store.id, self._index.values())
        self._session = session
        self.newcomers: dict[str, str] = {}

    def find(self, person: NamedPerson) -> str | Fault:
        """The subject id of `person`, enrolling them where the store's own key is new."""
        if person.name is not None:
            found = self._by_name.get(person.name)
            if found is None:
                return Fault.UNKNOWN_SUBJECT
            return found or Fault.AMBIGUOUS_SUBJECT
        index = self._index[person.person_key or ""]
        if index not in self._by_key:
            self._by_key[index] = f"new:{index}"
            self.newcomers[f"new:{index}"] = index
        return self._by_key[index]

    def links(self, registration: Registration) -> frozenset[Link]:
        """The links that `registration` asks for; every person in it is known to be found."""
        return frozenset(Link(str(self.find(person)), person.role, person.basis) for person in registration.people)

    def enrol_newcomers(self, used: Collection[str]) -> dict[str, str]:
        """Real ids for those newcomers who ended up in an accepted registration."""
        wanted = [place for place in self.newcomers if place in used]
        return dict(zip(wanted, subjects.create_unnamed(self._session, len(wanted)), strict=True)) if wanted else {}


def _fault(
    store: stores.Store,
    registration: Registration,
    people: _People,
    known: Lineage,
    covered: Mapping[str, frozenset[str]],
) -> Fault | None:
    if registration.no_data_subject and not store.may_declare_no_data_subject:
        return Fault.MAY_NOT_DECLARE
    if registration.no_data_subject and registration.people:
        return Fault.DECLARED_WITH_PEOPLE
    for person in registration.people:
        if person.basis not in covered:
            return Fault.UNKNOWN_BASIS
        found = people.find(person)
        if isinstance(found, Fault):
            return found
    sources = frozenset(registration.sources)
    if known.closes_circle(registration.item, sources):
        return Fault.CIRCLE_OF_SOURCES
    return Fault.TOO_DEEP if known.is_too_deep(registration.item, sources) else None


def _known(session: Session, store_id: str, registrations: Iterable[Registration]) -> Lineage:
    named = {registration.item for registration in registrations}
    named.update(source for registration in registrations for source in registration.sources)
    ids = items.ids_of(session, store_id, named)
    sources = items.sources_below(session, ids.values())
    links = items.links_of(session, ids.values())
    sources |= items.sources_of(session, items.made_from(session, _given_sources(registrations, ids, sources)))
    reached = {*ids.values(), *sources, *(source for each in sources.values() for source in each)}
    names = items.names_of(session, reached)
    states: dict[str, ItemState] = {}
    for part in in_parts(reached):
        rows = session.execute(
            select(Item.id, Item.kind, Item.no_data_subject, Item.sha256, Item.registered).where(Item.id.in_(part))
        )
        for item_id, kind, no_data_subject, sha256, registered in rows:
            states[names[item_id]] = ItemState(
                item_id,
                kind,
                no_data_subject,
                sha256,
                registered,
                frozenset(links.get(item_id, ())),
                frozenset(names[source] for source in sources.get(item_id, ())),
            )
    return Lineage(states)


def _given_sources(
    registrations: Iterable[Registration], ids: Mapping[str, int], sources: Mapping[int, Sequence[int]]
) -> set[int]:
    """The items that are there and shall have sources they have not: whatever is made from them comes to lie deeper."""
    return {
        ids[each.item]
        for each in registrations
        if each.item in ids and not {ids.get(source) for source in each.sources} <= {*sources.get(ids[each.item], ())}
    }


def _apply(
    session: Session,
    store: stores.Store,
    changed: Mapping[str, Registration],
    known: Lineage,
    people: _People,
) -> None:
    moment = open_moment(session)
    digest = hashlib.sha256(canonical([registration.as_value() for registration in changed.values()]))
    ledger.append(
        session,
        [
            Draft(
                Kind.REGISTERED,
                author=f"store:{store.id}",
                body={"count": len(changed), "registrations_sha256": digest.hexdigest()},
            )
        ],
    )
    states = {name: known.state(name) for name in changed}
    ids = _write_items(session, store.id, states, moment)
    linked = {link.subject_id for state in states.values() for link in state.links}
    real = people.enrol_newcomers(linked)
    _write_links(session, states, ids, real, moment)
    _write_sources(session, states, ids, moment)
    _note_kinds(session, store.id, {registration.kind for registration in changed.values()})
    newcomers = {subject_id: people.newcomers[place] for place, subject_id in real.items()}
    everyone = {real.get(subject_id, subject_id) for subject_id in linked}
    _introduce(session, store, everyone, newcomers, moment)
    item_changes.tell(session, store, [ids[name] for name in changed], moment)


def _write_items(session: Session, store_id: str, states: Mapping[str, ItemState], moment: Moment) -> dict[str, int]:
    needed = set(states) | {source for state in states.values() for source in state.sources}
    ids = items.ids_of(session, store_id, needed)
    new = [
        {
            "store_id": store_id,
            "external_id": name,
            "kind": state.kind,
            "no_data_subject": state.no_data_subject,
            "sha256": state.sha256,
            "registered": state.registered,
            "from_revision": moment.revision,
        }
        for name in sorted(needed - ids.keys())
        for state in [states.get(name, ABSENT)]
    ]
    old = [name for name in states if name in ids]
    if old:
        _replace_items(session, {ids[name]: states[name] for name in old}, moment)
    if new:
        session.execute(insert(Item), new)
        ids.update(items.ids_of(session, store_id, [str(row["external_id"]) for row in new]))
    return ids


def _replace_items(session: Session, states: Mapping[int, ItemState], moment: Moment) -> None:
    columns = ("kind", "no_data_subject", "sha256", "registered")
    for part in in_parts(states):
        session.execute(
            insert(ItemVersion).from_select(
                ["item_id", *columns, "from_revision", "to_revision"],
                select(
                    Item.id,
                    *(getattr(Item, column) for column in columns),
                    Item.from_revision,
                    bindparam("until", moment.revision, type_=Item.from_revision.type),
                ).where(Item.id.in_(part), Item.from_revision < moment.revision),
            )
        )
        for table in (ItemLink, ItemSource):
            close = update(table).where(table.item_id.in_(part), as_known(table, None))
            session.execute(close.values(to_revision=moment.revision).execution_options(synchronize_session=False))
    session.connection().execute(
        update(Item)
        .where(Item.id == bindparam("item_id"))
        .values({column: bindparam(f"new_{column}") for column in (*columns, "from_revision")}),
        [
            {
                "item_id": item_id,
                "new_from_revision": moment.revision,
                **{f"new_{column}": getattr(state, column) for column in columns},
            }
            for item_id, state in states.items()
        ],
    )


def _write_links(
    session: Session,
    states: Mapping[str, ItemState],
    ids: Mapping[str, int],
    real: Mapping[str, str],
    moment: Moment,
) -> None:
    rows = [
        {
            "item_id": ids[name],
            "subject_id": real.get(link.subject_id, link.subject_id),
            "role": link.role,
            "basis": link.basis,
            "from_revision": moment.revision,
            "to_revision": None,
        }
        for name, state in states.items()
        for link in sorted(state.links, key=lambda link: (link.subject_id, link.role, link.basis))
    ]
    if rows:
        session.execute(insert(ItemLink), rows)


def _write_sources(session: Session, states: Mapping[str, ItemState], ids: Mapping[str, int], moment: Moment) -> None:
    rows = [
        {
            "item_id": ids[name],
            "source_id": ids[source],
            "from_revision": moment.revision,
            "to_revision": None,
        }
        for name, state in states.items()
        for source in sorted(state.sources)
    ]
    if rows:
        session.execute(insert(ItemSource), rows)


def _note_kinds(session: Session, store_id: str, kinds: set[str]) -> None:
    new = kinds - set(items.kinds_of(session, store_id))
    if new:
        session.execute(insert(ItemKind), [{"store_id": store_id, "kind": kind} for kind in sorted(new)])


def _introduce(
    session: Session,
    store: stores.Store,
    everyone: Collection[str],
    newcomers: Mapping[str, str],
    moment: Moment,
) -> None:
    strangers = sorted(set(everyone) - stores.pseudonyms(session, store.id, everyone).keys())
    if not strangers:
        return
    stores.introduce(
        session,
        store.id,
        {subject_id: newcomers.get(subject_id) for subject_id in strangers},
        moment.revision,
    )
    names = stores.pseudonyms(session, store.id, strangers)
    keyring(session).fetch(strangers)
    folded = answers.present(session, strangers)
    changes = [
        change
        for subject_id in strangers
        for change in feed.standing_answers(store, subject_id, names[subject_id], folded, moment)
    ]
    feed.append(session, store, changes, moment)


def hold(session: Session, store: stores.Store, external_id: str, author: str) -> None:
    """Hold an item back for somebody's safety, and with it all that was made from it.

    Raises:
        KeyError: the store has no such item.
    """
    moment = open_moment(session)
    item_id = items.ids_of(session, store.id, [external_id])[external_id]
    ledger.append(session, [Draft(Kind.HELD, author=author, body={"item": item_id})])
    session.execute(insert(ItemHold), [{"item_id": item_id, "from_revision": moment.revision, "to_revision": None}])
    item_changes.tell(session, store, [item_id], moment)
