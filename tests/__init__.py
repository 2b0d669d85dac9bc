"""Mirrors the packages: rules alone, both databases, properties, the web, and a real browser."""
