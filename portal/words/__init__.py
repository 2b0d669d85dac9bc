"""The words for codes in the three languages, a module a vocabulary."""
