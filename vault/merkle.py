"""Merkle trees after RFC 9162 section 2.1: roots and proofs over hashes that somebody else keeps."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

EMPTY = hashlib.sha256(b"").digest()

# The hash of the 2**level leaves from index * 2**level on, all of which are there.
Complete: TypeAlias = Callable[[int, int], bytes]


class BadProof(Exception):
    """A proof that does not lead to the root it should."""


def leaf(content: bytes) -> bytes:
    """The hash of a leaf (RFC 9162 2.1.1)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 9162 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def of(hashes: Sequence[bytes]) -> Complete:
    """The complete subtrees over leaf hashes held in memory."""

    def complete(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return node(complete(level - 1, 2 * index), complete(level - 1, 2 * index + 1))

    return complete


def root(complete: Complete, size: int) -> bytes:
    """The root of the first `size` leaves (RFC 9162 2.1.1); `EMPTY` of none."""
    return _span(complete, 0, size) if size else EMPTY


def inclusion(complete: Complete, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is among the first `size` leaves, lowest first (RFC 9162 2.1.3.1).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(complete, middle, end))
            end = middle
        else:
            path.append(_span(complete, start, middle))
            start = middle
    return path[::-1]


def consistency(complete: Complete, first: int, second: int) -> list[bytes]:
    """The proof that the first `first` of `second` leaves are unchanged, lowest first (RFC 9162 2.1.4.1).

    Empty where there is nothing to prove: `first` is 0 or equals `second`.

    Raises:
        ValueError: `first` is beyond `second`.
    """
    if not 0 <= first <= second:
        raise ValueError("the first tree is larger than the second")
    return list(_subproof(complete, first, 0, second)) if first else []


def _subproof(complete: Complete, first: int, start: int, end: int) -> Iterator[bytes]:
    # Each step looks at leaves start..end, of which those before `first` are in the first tree.
    if first == end:
        if start:
            yield _span(complete, start, end)
        return
    middle = start + _split(end - start)
    if first <= middle:
        yield from _subproof(complete, first, start, middle)
        yield _span(complete, middle, end)
    else:
        yield from _subproof(complete, first, middle, end)
        yield _span(complete, start, middle)


def check_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> None:
    """Whether `path` leads from a leaf to the root `expected` (RFC 9162 2.1.3.2).

    Raises:
        BadProof: it does not.
    """
    if not 0 <= index < size:
        raise BadProof("no such leaf")
    position, last, found = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            raise BadProof("the proof is too long")
        if position & 1 or position == last:
            found = node(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node(found, step)
        position, last = position >> 1, last >> 1
    if last or found != expected:
        raise BadProof("the proof leads to another root")


def check_consistency(first: int, old: bytes, second: int, new: bytes, path: Sequence[bytes]) -> None:
    """Whether the tree with root `new` only adds to the one with root `old` (RFC 9162 2.1.4.2).

    Raises:
        BadProof: it does not, or that is not shown.
    """
    if not 0 <= first <= second:
        raise BadProof("the log has become smaller")
    if first in (0, second):
        if path or (first == second and old != new) or (first == 0 and old != EMPTY):
            raise BadProof("the log is not the same")
        return
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, old)
    if not steps:
        raise BadProof("the proof is empty")
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise BadProof("the proof is too long")
        if position & 1 or position == last:
            was, now = node(step, was), node(step, now)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            now = node(now, step)
        position, last = position >> 1, last >> 1
    if last or was != old or now != new:
        raise BadProof("the log is not a continuation of the one known")


def _span(complete: Complete, start: int, end: int) -> bytes:
    length = end - start
    if length & (length - 1) == 0 and start % length == 0:
        return complete(length.bit_length() - 1, start // length)
    middle = start + _split(length)
    return node(_span(complete, start, middle), _span(complete, middle, end))


def _split(length: int) -> int:
    """The largest power of two below `length`."""
    return 1 << (length - 1).bit_length() - 1
