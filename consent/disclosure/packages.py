"""The package of a release in BagIt form (RFC 8493): which bytes belong to it, by the digests that the stores gave."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.disclosure import certificates, standing
from consent.disclosure.release import Release, ReleasedItem
from consent.ledger import stores
from consent.ledger.items import Item

_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Payload:
    """A file of the bag: where the store puts it, and the digest it must have."""

    path: str
    sha256: str
    item_id: int


def payload(session: Session, release_id: str) -> Iterator[Payload]:
    """The files of a release, in its order."""
    names = {store.id: store.name for store in stores.listed(session)}
    query = (
        select(Item.store_id, Item.external_id, ReleasedItem.sha256, Item.id)
        .join(Item, Item.id == ReleasedItem.item_id)
        .where(ReleasedItem.release_id == release_id)
        .order_by(ReleasedItem.position)
    )
    for store_id, name, sha256, item_id in session.execute(query):
        yield Payload(f"data/{_segment(names[store_id])}/{_segment(name)}", sha256, item_id)


def manifest(files: Iterable[Payload]) -> str:
    """manifest-sha256.txt (RFC 8493 2.1.3)."""
    # Section 2.1.3: a percent sign in a path is written %25, so that CR and LF can be written %0D and %0A.
    return "".join(f"{each.sha256}  {each.path.replace('%', '%25')}\n" for each in files)


def package(session: Session, release: Release) -> bytes:
    """A ZIP of the bag without its payload, which each store adds: manifest, certificate, and who sent it when.

    Raises:
        WrongState: the release was recalled.
        standing.NotAnyMore: something of it may not go any more.
    """
    standing.demand(session, release)
    tags = {
        "bagit.txt": _DECLARATION.encode(),
        "bag-info.txt": _info(release).encode(),
        "manifest-sha256.txt": manifest(payload(session, release.id)).encode(),
        "certificate.json": certificates.of(session, release.id),
    }
    listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(tags.items()))
    tags["tagmanifest-sha256.txt"] = listed.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bag:
        for name, content in tags.items():
            # Without a type of its own an entry with a date would be stored as it is.
            entry = zipfile.ZipInfo(f"{release.number}/{name}", _date(release))
            bag.writestr(entry, content, zipfile.ZIP_DEFLATED)
        bag.writestr(zipfile.ZipInfo(f"{release.number}/data/", _date(release)), b"")
    return packed.getvalue()


def _info(release: Release) -> str:
    lines = (
        ("External-Identifier", release.number),
        ("Bagging-Date", release.released_at.date().isoformat()),
        ("Internal-Sender-Identifier", release.id),
        ("Internal-Sender-Description", f"{release.items} items; the stores add the payload under data/"),
    )
    return "".join(f"{label}: {value}\n" for label, value in lines)


def _date(release: Release) -> tuple[int, int, int, int, int, int]:
    at = release.released_at
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)


def _segment(name: str) -> str:
    # A store's names are its own: none of them may lead out of the bag.
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if set(name) <= {"."} else quoted
