"""Disclosure: from a request for assistance to what was released, to whom, on whose consent, and what followed."""
