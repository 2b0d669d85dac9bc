"""Measuring: figures and their ratios, all of one run, written to bench/results.json and docs/performance.md."""
