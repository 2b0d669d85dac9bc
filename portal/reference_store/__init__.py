"""A small evidence store for demonstrations and tests: a folder of files that shows what its replica lets it show."""

from portal.reference_store.app import create_app
from portal.reference_store.holdings import BadHoldings, Holdings

__all__ = ["BadHoldings", "Holdings", "create_app"]
