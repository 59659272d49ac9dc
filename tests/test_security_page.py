"""What docs/security.md names as shown is shown by a test that there is."""

import re

from tests.programs import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(NAMED) > 10
    gone = [f"{file}::{name}" for file, name in NAMED if not re.search(rf"def {name}\(", (ROOT / file).read_text())]
    assert gone == []


def test_every_requirement_says_whether_it_is_met() -> None:
    """Met and partly with what shows it or what is there; the others say so."""
    rows = re.findall(r"^\| (9\.\d+\.\d+) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert {"9.2.2", "9.2.3", "9.2.4", "9.2.8", "9.2.9", "9.2.10", "9.5.3", "9.5.6", "9.6.1"} <= {name for name, _ in rows}
    assert all(said.startswith(("met", "partly", "not met")) for _, said in rows)
