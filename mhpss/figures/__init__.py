"""Figures: what is counted, and how much of it may leave the house without anybody being found in it."""
