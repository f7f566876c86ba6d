"""Benchmarks: what a house does per second, beside a floor that is measured in the same run."""
