"""Passphrases are made of words that can be typed, heard and written down anywhere."""

from pathlib import Path

import pytest

from portal.access import words

LETTERS = {
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя",  # no ё: nobody knows whether to type it
    "en": "abcdefghijklmnopqrstuvwxyz",
}
FOLDER = Path(words.__file__).parent / "words"


def listed(language: str) -> list[str]:
    return (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("language", LETTERS)
def test_each_language_has_1024_different_words(language: str) -> None:
    assert len(listed(language)) == len(set(listed(language))) == 1024


@pytest.mark.parametrize("language", LETTERS)
def test_words_are_short_and_of_plain_letters(language: str) -> None:
    for word in listed(language):
        assert 3 <= len(word) <= 8
        assert set(word) <= set(LETTERS[language]), word


@pytest.mark.parametrize("language", LETTERS)
def test_no_two_words_differ_in_one_letter_only(language: str) -> None:
    seen: dict[str, str] = {}
    for word in listed(language):
        for place in range(len(word)):
            shape = f"{word[:place]}*{word[place + 1 :]}"
            assert shape not in seen, (word, seen[shape])
            seen[shape] = word


@pytest.mark.parametrize("language", LETTERS)
def test_a_passphrase_has_six_words_of_its_language(language: str) -> None:
    chosen = words.generate_passphrase(language).split(" ")
    assert len(chosen) == 6
    assert set(chosen) <= set(listed(language))
    assert words.generate_passphrase(language) != words.generate_passphrase(language)
