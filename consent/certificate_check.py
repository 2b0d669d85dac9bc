"""What a consent certificate's signature covers, and whether the certificate says it (docs/certificate.md)."""

import base64
from collections.abc import Mapping
from typing import Any

from consent.proofs import CertificateStatement, digest, leaf_of_shown
from vault import merkle
from vault.merkle import BadProof

FORMAT = "zhoda/certificate/v1"
_ANSWERING = ("given", "changed", "answered")


class BadCertificate(Exception):
    """The certificate says something else than what was signed, or than the log proves; the message says what."""


def check(document: Mapping[str, Any], said: CertificateStatement, size: int, root: bytes) -> None:
    """Check the content of a certificate whose signature and checkpoint hold, against both.

    Raises:
        BadCertificate: it does not hold.
        KeyError, TypeError, ValueError: it is not of the form that is documented.
    """
    content = document["content"]
    if said.content != digest(content):
        raise BadCertificate("its content is not what was signed")
    if (said.size, said.root) != (size, root):
        raise BadCertificate("its checkpoint is not the one that was signed")
    told = (content["certificate"], len(content["items"]), content["revision"])
    if told != (said.certificate, said.items, said.revision):
        raise BadCertificate("its content is not what was signed")
    events = {proof["event"]["position"]: _proved(proof, size, root) for proof in document["proofs"]}
    for person in content["people"]:
        _check_person(person, content, events)
    _check_list(content, events[max(events)])


def _proved(proof: Mapping[str, Any], size: int, root: bytes) -> Mapping[str, Any]:
    if proof.keys() != {"event", "path"}:
        raise BadCertificate("a proof has a member that nobody signed")
    event: Mapping[str, Any] = proof["event"]
    path = [base64.b64decode(step, validate=True) for step in proof["path"]]
    try:
        merkle.check_inclusion(leaf_of_shown(event), event["position"] - 1, size, path, root)
    except BadProof as error:
        raise BadCertificate(f"event {event['position']} is not in the log: {error}") from error
    return event


def _check_person(
    person: Mapping[str, Any], content: Mapping[str, Any], events: Mapping[int, Mapping[str, Any]]
) -> None:
    for position in person["events"]:
        fields = events[position]["fields"] if position in events else None
        if fields is None or fields["kind"]["value"] not in _ANSWERING:
            raise BadCertificate(f"the answer of person {person['person']} is not proved")
        if fields["scope"]["value"] != content["scope"] or events[position]["revision"] > content["revision"]:
            raise BadCertificate(f"the answer of person {person['person']} is about something else")
    if person["text_sha256"] is not None and person["text_sha256"] not in content["texts"]:
        raise BadCertificate(f"the text that person {person['person']} agreed to is not named")


def _check_list(content: Mapping[str, Any], release: Mapping[str, Any]) -> None:
    body = release["fields"]["body"]["value"]
    if release["fields"]["kind"]["value"] != "disclosed" or body["release"] != content["certificate"]:
        raise BadCertificate("the release is not in the log")
    listed = [[item["store"], item["item"], item["sha256"]] for item in content["items"]]
    if body["list_sha256"] != digest(listed) or body["items"] != len(listed):
        raise BadCertificate("the list is not the one that the log holds")
