"""The ground: time, sealing, keys, canonical bytes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import clock
from vault.canonical import canonical
from vault.keys import KeyDestroyed, KeyEncryptionKeys, KeyKind, KeyRing, KeyStore, KeyUnknown
from vault.sealing import Unreadable, seal, unseal

KEY = bytes(range(32))


def test_a_date_includes_its_day_and_an_instant_is_the_first_moment_after() -> None:
    assert clock.end_of_validity("2026-05-03") == datetime(2026, 5, 4, tzinfo=UTC)
    assert clock.end_of_validity("2026-05-03T12:00:00+02:00") == datetime(2026, 5, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01", "2026-05-03T12:00:00", "9999-12-31", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.end_of_validity(text)


@given(st.binary(), st.text(max_size=20))
def test_a_sealed_value_opens_at_its_place_and_nowhere_else(value: bytes, place: str) -> None:
    sealed = seal(KEY, place, value)
    assert unseal(KEY, place, sealed) == value
    for wrong in ((bytes(32), place, sealed), (KEY, place + "x", sealed), (KEY, place, sealed[:-1] + b"\x00\x01")):
        with pytest.raises(Unreadable):
            unseal(*wrong)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_canonical_bytes_do_not_depend_on_the_order_in_which_a_value_was_built(value: dict[str, object]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert canonical(value) == canonical(backwards)  # type: ignore[arg-type]


def test_a_fraction_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical({"share": [0.5]})  # type: ignore[list-item]


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    path = tmp_path / "wrapping.json"
    KeyEncryptionKeys.generate(path)
    opened = KeyStore(f"sqlite:///{tmp_path / 'keys.sqlite'}", KeyEncryptionKeys.from_json(path.read_text()))
    opened.create_tables()
    return opened


def test_a_destroyed_key_opens_nothing_for_anybody(store: KeyStore) -> None:
    ring, other = KeyRing(store), KeyRing(store)
    ring.create(["anna"], KeyKind.PERSON)
    sealed = ring.seal("anna", "here", b"secret")
    assert other.unseal("anna", "here", sealed) == b"secret"
    ring.destroy("anna")
    for each in (ring, KeyRing(store)):
        with pytest.raises(KeyDestroyed):
            each.unseal("anna", "here", sealed)


def test_an_unknown_key_is_not_a_destroyed_one(store: KeyStore) -> None:
    with pytest.raises(KeyUnknown):
        KeyRing(store).seal("nobody", "here", b"secret")


def test_the_key_file_is_its_owners_alone_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "wrapping.json"
    KeyEncryptionKeys.generate(path)
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        KeyEncryptionKeys.generate(path)


def test_the_key_file_and_the_database_hold_no_key_in_clear(store: KeyStore, tmp_path: Path) -> None:
    keys = store.create(["anna"], KeyKind.PERSON)
    assert keys["anna"] not in (tmp_path / "keys.sqlite").read_bytes()


def test_the_present_moves_only_inside_the_block() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.moved_to(moment):
        assert clock.now() == moment
    assert clock.now() - moment > timedelta(days=1)
