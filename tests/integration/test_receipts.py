"""A signed receipt proves what a person answered, to anybody and offline; whatever is changed in it is noticed."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from consent.people import persons
from consent.proofs import ReceiptStatement, digest
from consent.proving import offline
from consent.saying import signed_receipts
from portal.cli import main
from tests.consortium import Consortium
from vault import signing
from vault.notes import Signer, Verifier


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "share.un", identity="pseudonymised", valid_until="2031-05-01")
    consortium.answer(person, "refused", "publish.named")
    consortium.answer(person, "ask_first", "share.lawyer")
    consortium.withdraw(person, "share.un")
    return person


def receipt_of(consortium: Consortium, person: str, revision: int | None = None) -> dict[str, Any]:
    with consortium.database.reading() as session:
        return signed_receipts.signed(session, person, revision)


def verifier(consortium: Consortium) -> Verifier:
    with consortium.database.reading() as session:
        return signing.signer(session).verifier


def states(receipt: dict[str, Any]) -> dict[str, str]:
    return {
        record["dpv:hasProcess"]["dpv:hasPurpose"]["dct:identifier"]: record["dpv:hasConsentStatus"]
        for record in receipt["dpv:hasRecordOfActivity"]
    }


def test_it_says_each_answer_in_the_standards_terms_and_satisfies_its_schema(consortium: Consortium, anna: str) -> None:
    receipt = receipt_of(consortium, anna)
    jsonschema.Draft202012Validator.check_schema(signed_receipts.schema())
    jsonschema.validate(receipt, signed_receipts.schema())
    assert states(receipt) == {
        "share.icc": "dpv:ConsentGiven",
        "share.un": "dpv:ConsentWithdrawn",
        "publish.named": "dpv:ConsentRefused",
        "share.lawyer": "dpv:ConsentRequestDeferred",
    }


def test_it_verifies_offline_under_the_key_of_the_house_and_no_other(consortium: Consortium, anna: str) -> None:
    receipt = json.loads(json.dumps(receipt_of(consortium, anna)))
    assert offline.check(receipt, verifier(consortium)).kind == "receipt"
    assert offline.check(receipt).verifier == verifier(consortium)
    with pytest.raises(offline.NotWhole):
        offline.check(receipt, Signer(verifier(consortium).name, bytes(32)).verifier)


def test_it_still_verifies_under_the_first_key_when_another_signs(consortium: Consortium, anna: str) -> None:
    old, first = receipt_of(consortium, anna), verifier(consortium)
    with consortium.database.writing() as session:
        signing.rotate(session)
    for receipt in (old, receipt_of(consortium, anna)):
        assert offline.check(receipt, first).kind == "receipt"


def test_it_can_be_issued_again_as_of_a_revision(consortium: Consortium, anna: str) -> None:
    before = receipt_of(consortium, anna)
    consortium.withdraw(anna, "share.icc")
    again = receipt_of(consortium, anna, before["revision"])
    assert states(again) == states(before)
    assert again["dct:identifier"] == before["dct:identifier"]
    assert offline.check(again, verifier(consortium)).kind == "receipt"
    assert states(receipt_of(consortium, anna))["share.icc"] == "dpv:ConsentWithdrawn"


def test_it_does_not_tell_who_wrote_it_down_nor_the_persons_id(consortium: Consortium, anna: str) -> None:
    receipt = receipt_of(consortium, anna)
    assert anna not in json.dumps(receipt)
    for record in receipt["dpv:hasRecordOfActivity"]:
        assert set(record["proof"]["event"]["fields"]["author"]) == {"commitment"}


def test_the_receipt_of_somebody_erased_has_nothing_in_it(consortium: Consortium, anna: str) -> None:
    with consortium.database.writing() as session:
        persons.erase(session, anna, "test")
    with consortium.database.writing() as session:
        persons.forget_key(session, anna)
    assert receipt_of(consortium, anna)["dpv:hasRecordOfActivity"] == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    else:
        yield path


def test_whatever_is_changed_in_it_is_noticed(consortium: Consortium, anna: str) -> None:
    receipt, key = receipt_of(consortium, anna), verifier(consortium)
    for path in places(receipt):
        spoilt = copy.deepcopy(receipt)
        inside = spoilt
        for step in path[:-1]:
            inside = inside[step]
        old = inside[path[-1]]
        inside[path[-1]] = old + 1 if isinstance(old, int) else (f"{old}x" if isinstance(old, str) else "x")
        if path[0] == "keys":
            continue
        with pytest.raises(offline.NotWhole):
            offline.check(spoilt, key)


def test_what_the_house_signs_must_also_be_what_the_log_holds(consortium: Consortium, anna: str) -> None:
    """Even the key of the house cannot make an event say something else than its leaf."""
    receipt = receipt_of(consortium, anna)
    with consortium.database.reading() as session:
        signer = signing.signer(session)
    record = next(each for each in receipt["dpv:hasRecordOfActivity"] if each["state"] == "withdrawn")
    record["state"], record["dpv:hasConsentStatus"] = "granted", "dpv:ConsentGiven"
    text = signer.verifier.open(receipt["signature"])
    said = ReceiptStatement.read(text)
    content = digest({name: value for name, value in receipt.items() if name != "signature"})
    receipt["signature"] = signer.sign(ReceiptStatement(said.origin, content, said.issued).text())
    with pytest.raises(offline.NotWhole, match="something else"):
        offline.check(receipt, signer.verifier)


def test_the_command_verifies_a_file_without_an_installation(
    consortium: Consortium, anna: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "notes.json"
    file.write_text(json.dumps(receipt_of(consortium, anna)), encoding="utf-8")
    whole = CliRunner().invoke(main, ["verify", str(file), "--key", str(verifier(consortium))])
    assert (whole.exit_code, whole.output.partition(":")[0]) == (0, "whole")
    file.write_text(file.read_text(encoding="utf-8").replace("ConsentGiven", "ConsentRefused"), encoding="utf-8")
    spoilt = CliRunner().invoke(main, ["verify", str(file), "--key", str(verifier(consortium))])
    assert (spoilt.exit_code, spoilt.output.partition(":")[0]) == (1, "not whole")
    assert not (tmp_path / "var").exists()


def test_a_file_that_two_readers_take_differently_is_not_verified(
    consortium: Consortium, anna: str, tmp_path: Path
) -> None:
    file = tmp_path / "notes.json"
    whole = json.dumps(receipt_of(consortium, anna))
    for forged in (f'{{"signature": "another",{whole[1:]}', whole[:-1] + ', "keys": []}'):
        file.write_text(forged, encoding="utf-8")
        found = CliRunner().invoke(main, ["verify", str(file), "--key", str(verifier(consortium))])
        assert found.exit_code != 0
        assert "not JSON" in found.output
