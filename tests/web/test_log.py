"""The transparency log over the API: what is signed is true, and whoever follows can prove it."""

import base64
from datetime import timedelta

import pytest

from consent.ledger import ledger, transparency_log
from consent.ledger.events import Draft, Kind
from consent.proofs import CatalogueStatement, PageStatement, commit, digest, link
from tests.consortium import Consortium
from tests.web.conftest import Machine
from vault import clock, merkle, signing, trust
from vault.notes import BadNote, Signer, Verifier


def grow(consortium: Consortium, count: int) -> None:
    with consortium.database.writing() as session:
        ledger.append(session, [Draft(Kind.REGISTERED, body={"number": number}) for number in range(count)])


def pinned(consortium: Consortium) -> Verifier:
    with consortium.database.reading() as session:
        return signing.signer(session).verifier


def decoded(values: list[str]) -> list[bytes]:
    return [base64.b64decode(value) for value in values]


def test_a_checkpoint_is_the_root_of_every_event_so_far(machine: Machine, consortium: Consortium) -> None:
    grow(consortium, 3)
    shown = machine.get("/log/checkpoint")
    with consortium.database.reading() as session:
        leaves = [transparency_log.leaf_hash(session, index) for index in range(shown["size"])]
    root = base64.b64encode(merkle.root(merkle.of(leaves), shown["size"])).decode()
    assert shown["root"] == root
    verifier = pinned(consortium)
    assert verifier.open(shown["note"]) == f"{verifier.name}\n{shown['size']}\n{root}\n"


def test_proofs_hold_in_a_log_of_several_tiers(machine: Machine, consortium: Consortium) -> None:
    grow(consortium, 300)
    old = machine.get("/log/checkpoint")
    for count in (1, 200, 80):
        grow(consortium, count)
    new = machine.get("/log/checkpoint")
    root = base64.b64decode(new["root"])
    for index in (0, 255, 256, 511, new["size"] - 1):
        proof = machine.get(f"/log/proof/inclusion?index={index}&size={new['size']}")
        leaf = base64.b64decode(proof["leaf"])
        merkle.check_inclusion(leaf, index, new["size"], decoded(proof["path"]), root)
    proof = machine.get(f"/log/proof/consistency?first={old['size']}&second={new['size']}")
    merkle.check_consistency(old["size"], base64.b64decode(old["root"]), new["size"], root, decoded(proof["path"]))
    assert consortium.faults() == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("inclusion?index=9000&size=9001", "#/query/size"),
        ("inclusion?index=1&size=1", "#/query/index"),
        ("consistency?first=2&second=1", "#/query/first"),
        ("consistency?first=1&second=9000", "#/query/second"),
    ],
)
def test_what_the_log_has_not_is_refused_with_its_place(
    machine: Machine, consortium: Consortium, query: str, pointer: str
) -> None:
    grow(consortium, 2)
    assert machine.get(f"/log/proof/{query}", 422)["errors"][0]["pointer"] == pointer


def test_a_page_is_signed_over_all_that_matters(machine: Machine, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "share.un")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    page = machine.get("/changes?after=1&limit=1")
    said = PageStatement.read(pinned(consortium).open(page["checkpoint"]["page"]))
    assert (said.store, said.after, said.next, said.head) == ("Documents", 1, 2, 3)
    assert said.changes == digest(page["changes"])
    assert abs(clock.now() - said.issued) < timedelta(minutes=1)
    assert base64.b64encode(said.root).decode() == page["checkpoint"]["root"]
    assert said.size == page["checkpoint"]["size"]


def test_the_chain_can_be_followed_also_over_somebody_who_was_erased(machine: Machine, consortium: Consortium) -> None:
    from consent.people import persons

    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    for person in (anna, boris):
        consortium.answer(person, "granted", "share.icc", "share.un")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1", "V-2"]})
    with consortium.database.writing() as session:
        persons.erase(session, anna, author="test")
    with consortium.database.writing() as session:
        persons.forget_key(session, anna)
    page = machine.get("/changes")
    chain = bytes(32)
    kinds = []
    for change, row in zip(page["changes"], page["checkpoint"]["rows"], strict=True):
        content = {name: value for name, value in change.items() if name != "cursor"}
        kinds.append(change["kind"])
        if "salt" in row:
            commitment = commit(base64.b64decode(row["salt"]), content)
        else:
            assert change["kind"] == "erased"
            commitment = base64.b64decode(row["commitment"])
        chain = link(chain, change["cursor"], commitment)
    assert "erased" in kinds
    assert PageStatement.read(pinned(consortium).open(page["checkpoint"]["page"])).chain == chain


def test_the_catalogue_is_signed(machine: Machine, consortium: Consortium) -> None:
    shown = machine.get("/catalogue")
    said = CatalogueStatement.read(pinned(consortium).open(shown["signature"]))
    content = {name: value for name, value in shown.items() if name not in ("version", "signature")}
    assert said.version == shown["version"] == digest(content)


def test_a_new_key_is_trusted_through_the_old_one_and_the_old_one_still_verifies(
    machine: Machine, consortium: Consortium
) -> None:
    old = pinned(consortium)
    note = machine.get("/log/checkpoint")["note"]
    with consortium.database.writing() as session:
        new = signing.rotate(session)
    keys = trust.trusted(old, machine.get("/log/keys")["keys"])
    assert keys.keys() == {old.key_id, new.key_id}
    assert keys[new.key_id].covers(clock.now())
    assert keys[old.key_id].verifier.open(note)
    assert new.open(machine.get("/log/checkpoint")["note"])
    stranger = Signer(old.name, bytes(32))
    assert trust.trusted(stranger.verifier, machine.get("/log/keys")["keys"]) == {}


def test_a_key_is_renewed_before_it_ends_and_not_sooner(consortium: Consortium) -> None:
    first = pinned(consortium)
    with consortium.database.writing() as session:
        assert not signing.renew_if_due(session)
    with clock.moved_to(clock.now() + timedelta(days=320)):
        with consortium.database.writing() as session:
            assert signing.renew_if_due(session)
        assert pinned(consortium) != first


@pytest.mark.parametrize("spoil", [str.upper, lambda note: note.replace("4", "5"), lambda note: note[:-9]])
def test_a_spoilt_note_is_no_note(spoil: object) -> None:
    signer = Signer("zhoda-test", bytes(range(32)))
    note = signer.sign("zhoda-test\n45\nq83vEjRWeJA=\n")
    assert Verifier.parse(str(signer.verifier)).open(note) == "zhoda-test\n45\nq83vEjRWeJA=\n"
    with pytest.raises(BadNote):
        signer.verifier.open(spoil(note))  # type: ignore[operator]
