"""Checks a consent certificate: verify_certificate.py FILE KEY. Written from docs/certificate.md alone."""

import json
import sys
from base64 import b64decode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return sha256(b"".join(parts)).digest()


def canon(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse(verifier):
    name, key_id, key = verifier.split("+", 2)
    assert sha(name.encode(), b"\n", b64decode(key))[:4].hex() == key_id and b64decode(key)[0] == 1
    return name, bytes.fromhex(key_id), b64decode(key)[1:]


def signed(note, keys):
    text, _, (dash, name, signature) = *note.rpartition("\n\n")[:2], note.rpartition("\n\n")[2].split()
    (known, _, public), *time = keys[b64decode(signature)[:4]]
    assert dash == "—" and name == known
    Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature)[4:], f"{text}\n".encode())
    return text.split("\n"), time


def committed(name, field):
    assert field.keys() in ({"commitment"}, {"salt", "value"})
    return field.get("commitment") or sha(b64decode(field["salt"]), name.encode(), b"\0", canon(field["value"])).hex()


def leaf(event):
    row = {name: event[name] for name in ("position", "id", "revision", "recorded_at", "owner", "sealed")}
    order = ("kind", "scope", "context", "effective_at", "author", "body")
    assert event.keys() == row.keys() | {"fields"} and event["fields"].keys() == {*order}
    return sha(b"\0", canon(row | {"commitments": "".join(committed(name, event["fields"][name]) for name in order)}))


def root(found, index, size, path):
    if size == 1 and not path:
        return found
    *below, beside = path
    left = index < (half := 1 << ((size - 1).bit_length() - 1))
    pair = root(found, *((index, half) if left else (index - half, size - half)), below), b64decode(beside)
    return sha(b"\1", *(pair if left else pair[::-1]))


def check(document, pinned):
    content, at, keys = document["content"], document["checkpoint"], {pinned[1]: (pinned, None, None)}
    assert {*document} == {*["format", "content", "proofs", "checkpoint", "keys", "signature"]} and len(at) == 3
    for statement in document["keys"]:
        (heading, verifier, since, until), (begins, ends) = signed(statement, keys)
        new = parse(verifier)
        assert heading == "zhoda/key/v1" and new[0] == pinned[0] and (new == pinned or begins <= since <= ends)
        keys[new[1]] = (new, since, until)
    (heading, *lines), (begins, ends) = signed(document["signature"], keys)
    said, items = [line.split(" ", 1) for line in lines], content["items"]
    told = ["origin", pinned[0]], ["certificate", content["certificate"]], ["content", sha(canon(content)).hex()]
    told += ["items", str(len(items))], ["revision", str(content["revision"])], ["issued", said[5][1]]
    told += ["size", str(at["size"])], ["root", at["root"]]
    assert heading == document["format"] == "zhoda/certificate/v1" and begins <= said[5][1] <= ends and said == [*told]
    assert signed(at["note"], keys)[0] == [pinned[0], str(at["size"]), at["root"]]
    events = {proof["event"]["position"]: proof["event"] for proof in document["proofs"]}
    for proof in document["proofs"]:
        place = proof["event"]["position"] - 1
        assert len(proof) == 2 and root(leaf(proof["event"]), place, at["size"], proof["path"]) == b64decode(at["root"])
    assert {person["text_sha256"] for person in content["people"]} <= {None, *content["texts"]}
    for event in (events[position] for person in content["people"] for position in person["events"]):
        assert event["fields"]["kind"]["value"] in ("given", "changed", "answered")
        assert event["fields"]["scope"]["value"] == content["scope"] and event["revision"] <= content["revision"]
    kind, body = (events[max(events)]["fields"][name]["value"] for name in ("kind", "body"))
    listed = sha(canon([[item["store"], item["item"], item["sha256"]] for item in items])).hex()
    told = {"release": content["certificate"], "list_sha256": listed, "items": len(items)}
    assert (kind, body) == ("disclosed", told)


with open(sys.argv[1], encoding="utf-8") as file:
    check(json.load(file), parse(sys.argv[2]))
print("whole")
