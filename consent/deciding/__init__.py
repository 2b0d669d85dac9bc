"""The questions: whether an item may be used, and the registration of the items that are asked about."""
