"""Items of the evidence stores: what they are, who is in them, what they were made from. Versioned by revision."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent import rules
from consent.ledger import bases
from consent.ledger.revisions import Revision, as_known
from vault.columns import Clear, clear
from vault.database import Base, among, in_parts
from vault.types import BigKey


class ItemRole(StrEnum):
    """As what a person is in an item."""

    INTERVIEWEE = "interviewee"
    RELATIVE = "relative"
    DEPICTED = "depicted"
    MENTIONED = "mentioned"
    PROFESSIONAL = "professional"
    ALLEGED_PERPETRATOR = "alleged_perpetrator"


# Where it does not matter what an item is.
_ANY = "any"


class Item(Base):
    """An item as it stands; `registered` is false for one that is so far only named as a source."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("store_id", "external_id"), Index("ix_items_store_id", "store_id", "id"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"))
    external_id: Mapped[str] = mapped_column(String(200), info=clear(Clear.ITEM_NAME))
    kind: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.MACHINE))
    no_data_subject: Mapped[bool]
    sha256: Mapped[str | None] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    registered: Mapped[bool]
    from_revision: Mapped[int] = mapped_column(BigKey)


class ItemVersion(Base):
    """What an item was before its present registration."""

    __tablename__ = "item_versions"
    __table_args__ = (Index("ix_item_versions_item_id", "item_id", "from_revision"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.MACHINE))
    no_data_subject: Mapped[bool]
    sha256: Mapped[str | None] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    registered: Mapped[bool]
    from_revision: Mapped[int] = mapped_column(BigKey)
    to_revision: Mapped[int] = mapped_column(BigKey)


class ItemLink(Base):
    """A person in an item, in a role and on a basis."""

    __tablename__ = "item_links"
    __table_args__ = (Index("ix_item_links_subject_id", "subject_id", "item_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"))
    role: Mapped[ItemRole] = mapped_column(String(24))
    basis: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    from_revision: Mapped[int] = mapped_column(BigKey)
    to_revision: Mapped[int | None] = mapped_column(BigKey)


class ItemSource(Base):
    """An item made from another item of the same store."""

    __tablename__ = "item_sources"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    from_revision: Mapped[int] = mapped_column(BigKey)
    to_revision: Mapped[int | None] = mapped_column(BigKey)


class ItemHold(Base):
    """An item that staff hold back for somebody's safety."""

    __tablename__ = "item_holds"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    from_revision: Mapped[int] = mapped_column(BigKey)
    to_revision: Mapped[int | None] = mapped_column(BigKey)


class ItemKind(Base):
    """A kind that a store has used."""

    __tablename__ = "item_kinds"

    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True, info=clear(Clear.MACHINE))


@dataclass(frozen=True, slots=True)
class Link:
    """A person in an item."""

    subject_id: str
    role: str
    basis: str


def ids_of(session: Session, store_id: str, external_ids: Collection[str]) -> dict[str, int]:
    """Item ids by the store's own names."""
    found: dict[str, int] = {}
    for part in in_parts(external_ids):
        rows = session.execute(
            select(Item.external_id, Item.id).where(Item.store_id == store_id, Item.external_id.in_(part))
        )
        found.update((external_id, item_id) for external_id, item_id in rows)
    return found


def sources_of(
    session: Session, item_ids: Collection[int], known_at: Revision | None = None
) -> dict[int, tuple[int, ...]]:
    """The direct sources of each item that has any."""
    found: dict[int, list[int]] = {}
    for part in in_parts(item_ids):
        query = select(ItemSource.id, ItemSource.item_id, ItemSource.source_id).where(
            among(ItemSource.item_id, part), as_known(ItemSource, known_at)
        )
        for _, item_id, source_id in sorted(session.execute(query).all()):
            found.setdefault(item_id, []).append(source_id)
    return {item_id: tuple(sources) for item_id, sources in found.items()}


def sources_below(
    session: Session, item_ids: Collection[int], known_at: Revision | None = None
) -> dict[int, tuple[int, ...]]:
    """The direct sources of each item and of all it was made from, in as few queries for a long chain as a short."""
    found = sources_of(session, item_ids, known_at)
    below = {source for each in found.values() for source in each} - set(item_ids)
    for part in in_parts(below):
        reached = select(Item.id).where(among(Item.id, part)).cte("reached", recursive=True)
        step = select(ItemSource.source_id).join(reached, ItemSource.item_id == reached.c.id)
        reached = reached.union(step.where(as_known(ItemSource, known_at)))
        found.update(sources_of(session, session.scalars(select(reached.c.id)).all(), known_at))
    return found


def made_from(session: Session, item_ids: Collection[int]) -> set[int]:
    """Every item made from one of `item_ids`, to any depth, without them."""
    found: set[int] = set()
    for part in in_parts(item_ids):
        reached = select(Item.id).where(among(Item.id, part)).cte("reached", recursive=True)
        step = select(ItemSource.item_id).join(reached, ItemSource.source_id == reached.c.id)
        found.update(session.scalars(select(reached.union(step.where(ItemSource.to_revision.is_(None))).c.id)))
    return found - set(item_ids)


def links_of(session: Session, item_ids: Collection[int], known_at: Revision | None = None) -> dict[int, list[Link]]:
    """The people in each item that has any of its own."""
    found: dict[int, list[Link]] = {}
    for part in in_parts(item_ids):
        query = select(ItemLink.id, ItemLink.item_id, ItemLink.subject_id, ItemLink.role, ItemLink.basis).where(
            among(ItemLink.item_id, part), as_known(ItemLink, known_at)
        )
        for _, item_id, subject_id, role, basis in sorted(session.execute(query).all()):
            found.setdefault(item_id, []).append(Link(subject_id, role, basis))
    return found


def views(session: Session, item_ids: Collection[int], known_at: Revision | None = None) -> dict[int, rules.ItemView]:
    """Each item with all its sources, as the rule reads it, as known at a revision (None: now)."""
    sources = sources_below(session, item_ids, known_at)
    reached = {*item_ids, *(source for each in sources.values() for source in each)}
    return rules.views(item_ids, _nodes(session, reached, sources, known_at))


def people_in(session: Session, item_ids: Collection[int]) -> dict[int, set[str]]:
    """Everybody in each item and in what it was made from, though the item is held."""
    sources = sources_below(session, item_ids)
    links = links_of(session, {*item_ids, *(source for each in sources.values() for source in each)})
    nodes = {
        item_id: rules.Node(
            kind=_ANY,
            registered=True,
            held=False,
            no_data_subject=False,
            people=tuple((link.subject_id, frozenset()) for link in links.get(item_id, ())),
            sources=sources.get(item_id, ()),
        )
        for item_id in {*item_ids, *links, *sources}
    }
    found = rules.views(item_ids, nodes)
    return {item_id: {person.subject for person in found[item_id].people} for item_id in item_ids}


def _nodes(
    session: Session,
    item_ids: Collection[int],
    sources: Mapping[int, tuple[int, ...]],
    known_at: Revision | None,
) -> dict[int, rules.Node]:
    covered = bases.covered_scopes(session, known_at)
    links = links_of(session, item_ids, known_at)
    held = _held(session, item_ids, known_at)
    return {
        item_id: rules.Node(
            kind=kind,
            registered=registered,
            held=item_id in held,
            no_data_subject=no_data_subject,
            people=_people(links.get(item_id, ()), covered),
            sources=sources.get(item_id, ()),
        )
        for item_id, kind, registered, no_data_subject in _registrations(session, item_ids, known_at)
    }


def _people(links: Iterable[Link], covered: Mapping[str, frozenset[str]]) -> tuple[tuple[str, frozenset[str]], ...]:
    people: dict[str, frozenset[str]] = {}
    for link in links:
        scopes = covered.get(link.basis, frozenset())
        people[link.subject_id] = people.get(link.subject_id, scopes) & scopes
    return tuple(people.items())


def _held(session: Session, item_ids: Collection[int], known_at: Revision | None) -> set[int]:
    held: set[int] = set()
    for part in in_parts(item_ids):
        query = select(ItemHold.item_id).where(among(ItemHold.item_id, part), as_known(ItemHold, known_at))
        held.update(session.scalars(query))
    return held


def _registrations(
    session: Session, item_ids: Collection[int], known_at: Revision | None
) -> Iterable[tuple[int, str | None, bool, bool]]:
    for part in in_parts(item_ids):
        query = select(Item.id, Item.kind, Item.registered, Item.no_data_subject).where(among(Item.id, part))
        if known_at is None:
            yield from session.execute(query)
            continue
        yield from session.execute(query.where(Item.from_revision <= known_at))
        yield from session.execute(
            select(ItemVersion.item_id, ItemVersion.kind, ItemVersion.registered, ItemVersion.no_data_subject).where(
                ItemVersion.item_id.in_(part),
                ItemVersion.from_revision <= known_at,
                ItemVersion.to_revision > known_at,
            )
        )


def involving(session: Session, store_id: str, subject_id: str) -> set[int]:
    """The items of a store that a person is in, directly or through sources."""
    query = (
        select(ItemLink.item_id)
        .join(Item, Item.id == ItemLink.item_id)
        .where(ItemLink.subject_id == subject_id, ItemLink.to_revision.is_(None), Item.store_id == store_id)
    )
    own = set(session.scalars(query))
    return own | made_from(session, own)


def names_of(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    """The store's own names of items."""
    found: dict[int, str] = {}
    for part in in_parts(item_ids):
        rows = session.execute(select(Item.id, Item.external_id).where(Item.id.in_(part)))
        found.update((item_id, name) for item_id, name in rows)
    return found


def kinds_of(session: Session, store_id: str) -> list[str]:
    """The kinds that people can except, and those the store has used beside them."""
    used = session.scalars(select(ItemKind.kind).where(ItemKind.store_id == store_id))
    return [*rules.KINDS, *sorted(set(used) - set(rules.KINDS))]


def count_of(session: Session, subject_id: str) -> int:
    """In how many items a person is linked directly, in all stores."""
    query = select(ItemLink.item_id).where(ItemLink.subject_id == subject_id, ItemLink.to_revision.is_(None))
    return len(set(session.scalars(query)))
