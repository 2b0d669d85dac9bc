"""The Merkle tree against the published vectors, against another implementation, and against whoever lies."""

from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import merkle

# The leaves and roots that Certificate Transparency's implementations are tested with (RFC 6962, RFC 9162).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 600)


def tree(size: int) -> list[bytes]:
    return [merkle.leaf(str(number).encode()) for number in range(size)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    hashes = [merkle.leaf(leaf) for leaf in LEAVES]
    assert merkle.root(merkle.of(hashes), size).hex() == ROOTS[size]


def test_the_proofs_are_the_published_ones() -> None:
    complete = merkle.of([merkle.leaf(leaf) for leaf in LEAVES])
    assert [step.hex() for step in merkle.inclusion(complete, 5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in merkle.consistency(complete, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_roots_and_inclusion_proofs_are_those_of_another_implementation() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    hashes = tree(70)
    for number in range(70):
        other.append_entry(str(number).encode())
    for size in range(1, 71):
        assert merkle.root(merkle.of(hashes), size) == other.get_root(size)
        for index in range(size):
            proof = other.prove_inclusion(index + 1, size)
            assert merkle.inclusion(merkle.of(hashes), index, size) == list(proof.path)[1:]


@given(SIZES, st.data())
def test_a_leaf_is_proved_and_no_other(size: int, data: st.DataObject) -> None:
    hashes = tree(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(merkle.of(hashes), index, size)
    root = merkle.root(merkle.of(hashes), size)
    merkle.check_inclusion(hashes[index], index, size, path, root)
    with pytest.raises(merkle.BadProof):
        merkle.check_inclusion(merkle.leaf(b"another"), index, size, path, root)
    with pytest.raises(merkle.BadProof):
        merkle.check_inclusion(hashes[index], index, size, [*path, bytes(32)], root)
    if path:
        with pytest.raises(merkle.BadProof):
            merkle.check_inclusion(hashes[index], index, size, path[:-1], root)


@given(SIZES, st.data())
def test_a_log_that_only_grew_is_proved_and_no_other(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, second))
    hashes = tree(second)
    complete = merkle.of(hashes)
    old, new = merkle.root(complete, first), merkle.root(complete, second)
    path = merkle.consistency(complete, first, second)
    merkle.check_consistency(first, old, second, new, path)
    if first:
        altered = list(hashes)
        altered[data.draw(st.integers(0, first - 1))] = sha256(b"altered").digest()
        other = merkle.of(altered)
        with pytest.raises(merkle.BadProof):
            merkle.check_consistency(
                first, old, second, merkle.root(other, second), merkle.consistency(other, first, second)
            )
    if first < second:
        with pytest.raises(merkle.BadProof):
            merkle.check_consistency(second, new, first, old, path)
