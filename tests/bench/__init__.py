"""Benchmarks: `python -m tests.bench`; JSON lines, medians, machine facts, beside the plain baseline."""
