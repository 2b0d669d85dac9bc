"""The certificate's document is enough: a short program written from it alone judges as ours does."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consent.disclosure import certificates, release
from consent.proving import offline
from tests import certificate_vectors
from tests.consortium import Consortium
from tests.disclosing import Disclosing, item
from vault import signing
from vault.notes import Verifier

SCRIPT = Path(__file__).parents[1] / "independent" / "verify_certificate.py"
VECTORS = json.loads(certificate_vectors.FILE.read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=case["name"]) for case in VECTORS["cases"]]


def judged(document: Path, key: str) -> bool:
    """Whether the independent program takes the certificate for whole."""
    ran = subprocess.run([sys.executable, "-I", str(SCRIPT), str(document), key], capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stderr
    return (ran.returncode, ran.stdout) == (0, "whole\n")


def test_the_vectors_are_those_that_the_code_makes() -> None:
    assert certificate_vectors.FILE.read_text(encoding="utf-8") == certificate_vectors.text()


def test_the_independent_program_knows_nothing_of_ours_and_is_short() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    imported = {
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {name.partition(".")[0] for name in imported} == {"base64", "hashlib", "json", "sys", "cryptography"}
    assert len([line for line in source.splitlines() if line.strip()]) <= 65


@pytest.mark.parametrize("case", CASES)
def test_both_judge_each_vector_alike(case: dict[str, Any], tmp_path: Path) -> None:
    document = tmp_path / "certificate.json"
    document.write_text(json.dumps(case["document"], ensure_ascii=False), encoding="utf-8")
    assert judged(document, VECTORS["key"]) is case["whole"]
    try:
        offline.check(case["document"], Verifier.parse(VECTORS["key"]))
    except offline.NotWhole:
        assert not case["whole"]
    else:
        assert case["whole"]


def test_a_real_release_is_whole_to_both_and_to_no_other_key(consortium: Consortium, tmp_path: Path) -> None:
    for number, said in enumerate(("granted", "ask_first", "refused"), start=1):
        consortium.answer(consortium.enrol(f"V-{number}"), said, "share.prosecutor", onward="allowed")
    consortium.register(
        *(item(f"F-{number}", f"V-{number}") for number in (1, 2, 3)), item("F-0", no_data_subject=True)
    )
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1", "F-2", "F-3", "F-0", "F-12")
    desk.copy("F-1")
    desk.propose()
    desk.release()
    document = tmp_path / "certificate.json"
    with consortium.database.reading() as session:
        done = release.listed(session)[0]
        document.write_bytes(certificates.of(session, done.id))
        key = signing.signer(session).verifier
    assert judged(document, str(key))
    assert offline.check(json.loads(document.read_text(encoding="utf-8")), key).kind == "certificate"
    assert not judged(document, VECTORS["key"])
