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


def test_an_environment_that_is_a_link_is_said_to_be_one(tmp_path: Path) -> None:
    """It is built where the link leads, which may be another checkout's; nothing else there is touched, and the link stays one."""
    tree, target = tmp_path / "tree", tmp_path / "target"
    python = target / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    tree.mkdir()
    (tree / ".venv").symlink_to(target)
    (tree / "requirements.lock").touch()
    make = ["make", "-f", str(ROOT / "Makefile"), "install", f"PYTHON={python}"]
    done = subprocess.run(make, cwd=tree, capture_output=True, text=True, check=True)
    assert f".venv, a link to {target.resolve()}, (" in done.stdout
    assert (tree / ".venv").is_symlink()
    assert sorted(one.name for one in target.iterdir()) == [".ready", "bin"]
