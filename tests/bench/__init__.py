"""Benchmarks: ratios against a peer or a floor in the same run. Nothing here is asserted."""
