"""Outcome measures: instruments as data, their scoring as published, and change over time."""
