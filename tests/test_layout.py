"""The house keeps its shape."""

import subprocess
from pathlib import Path

import bot
import knowledge
import tools

ROOT = Path(__file__).parent.parent


def test_the_packages_are_those_of_this_checkout() -> None:
    """A stray `tools` in site-packages would win otherwise."""
    for package in (bot, tools, knowledge):
        assert package.__file__ is not None
        assert Path(package.__file__).is_relative_to(ROOT)


def test_no_file_is_too_long_to_read() -> None:
    """One duty a file; about 300 lines is where a file starts to talk about splitting."""
    files = [path for folder in ("bot", "tools", "knowledge") for path in (ROOT / folder).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > 420} == {}


def test_the_lock_names_no_place() -> None:
    """Hashes only: no address and no path."""
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert not [line for line in lock.splitlines() if line.startswith(("-", "/"))]
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_make_alone_prints_help() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f"make {name}" in done.stdout for name in ("run", "test", "check", "install", "bench", "eval"))
