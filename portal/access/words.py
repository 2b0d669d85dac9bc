"""Passphrases of words, in the reader's language, from lists of 1,024 common words each."""

import secrets
from functools import cache
from importlib import resources

WORDS_IN_PASSPHRASE = 6


def generate_passphrase(language: str) -> str:
    """Six random words (60 bits), to be typed or read aloud."""
    words = _list(language)
    return " ".join(secrets.choice(words) for _ in range(WORDS_IN_PASSPHRASE))


@cache
def _list(language: str) -> tuple[str, ...]:
    text = (resources.files("portal.access") / "words" / f"{language}.txt").read_text(encoding="utf-8")
    return tuple(text.split())
