"""`zhoda verify FILE`: what it calls whole is signed by a key that is known, to the last member."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consent.ledger import transparency_log
from consent.proving import offline
from consent.rights import receiving, request_receipts
from consent.rights.receiving import Received
from consent.saying import signed_receipts
from portal.cli import main
from portal.stores import changes, offer
from portal.stores.feed_schemas import ChangesQuery
from tests.certificate_vectors import CONTENT, FIRST, certificate
from tests.consortium import Consortium
from vault import signing
from vault.notes import Verifier

Documents = Mapping[str, tuple[dict[str, Any], str, list[str]]]


@pytest.fixture
def documents(consortium: Consortium) -> Documents:
    """A document of each kind, the key that is known, and the statements that do not go with it."""
    person = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["alder/V-1"]})
    consortium.answer(person, "granted", "share.icc")
    with consortium.database.writing() as session:
        request = receiving.receive(
            session, "alder", Received("access", "portal", "en", "mine", subject_id=person), "test"
        )
        store = session.merge(consortium.store)
        key, statements = str(signing.signer(session).verifier), signing.statements(session)
        made = {
            "receipt": signed_receipts.signed(session, person),
            "receipt of a request": request_receipts.signed(session, request),
            "page": changes.page(session, store, ChangesQuery()),
            "catalogue": offer.catalogue(session, store),
            "checkpoint": transparency_log.checkpoint(session).as_value(),
        }
    found = {kind: (json.loads(json.dumps(document)), key, statements) for kind, document in made.items()}
    return found | {"certificate": (certificate(CONTENT), str(FIRST.verifier), [])}


KINDS = ("receipt", "receipt of a request", "page", "catalogue", "checkpoint", "certificate")


def verify(folder: Path, document: Any, statements: list[str], *options: str) -> Result:
    (folder / "keys.json").write_text(json.dumps({"keys": statements}), encoding="utf-8")
    (folder / "file.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    keys = ("--keys", str(folder / "keys.json"))
    return CliRunner().invoke(main, ["verify", str(folder / "file.json"), *keys, *options])


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_known_key_nothing_is_called_whole(documents: Documents, tmp_path: Path, kind: str) -> None:
    document, key, statements = documents[kind]
    known = verify(tmp_path, document, statements, "--key", key)
    assert (known.exit_code, known.output.split(":")[:2]) == (0, ["whole", f" a {kind}"])
    unknown = verify(tmp_path, document, statements)
    assert (unknown.exit_code, unknown.output.partition(":")[0]) == (3, "not held against a known key")
    assert key in unknown.output
    assert "whole" not in unknown.output


def objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the objects of a document are, itself the first."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            yield from objects(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from objects(inner, (*path, number))


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_that_nobody_signed_is_a_fault_wherever_it_stands(
    documents: Documents, tmp_path: Path, kind: str
) -> None:
    document, key, statements = documents[kind]
    where = list(objects(document))
    assert where[0] == ()
    verifier = Verifier.parse(key)
    for path in where:
        spoilt = copy.deepcopy(document)
        inside = spoilt
        for step in path:
            inside = inside[step]
        inside["verified_by"] = "somebody"
        with pytest.raises(offline.NotWhole):
            offline.check(spoilt, verifier, statements)
    spoilt = document | {"verified_by": "somebody"}
    for options in ((), ("--key", key)):
        assert verify(tmp_path, spoilt, statements, *options).exit_code == 1


def test_a_page_cannot_hide_that_more_follows(documents: Documents) -> None:
    page, key, statements = documents["page"]
    with pytest.raises(offline.NotWhole, match="more follows"):
        offline.check(page | {"more": not page["more"]}, Verifier.parse(key), statements)
