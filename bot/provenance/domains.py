"""The top-level domains that there are: what stands behind the last dot of a host. Chat clients make links of such words.

From the Public Suffix List of 2023, and names that are used within networks. Those in punycode need no list.
"""

from pathlib import Path

TOP = frozenset(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split())
