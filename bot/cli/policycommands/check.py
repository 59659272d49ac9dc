"""`policy check`: whether a policy can be used, and every problem when it cannot."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import PolicyError
from bot.gate.load import files, load
from tools.contract import Tool


def checked(path: Path, tools: Mapping[str, Tool[Any]]) -> dict[str, Any]:
    """{ok, version, policies, roles, files, problems: [{file, line, id, message}]}; what cannot be told is null. Never raises."""
    read = [str(file) for file in files(path)]
    try:
        found = load(path, tools)
    except PolicyError as error:
        problems = [one.as_json() for one in error.problems]
        return {"ok": False, "version": None, "policies": None, "roles": None, "files": read, "problems": problems}
    counted = {"version": found.version, "policies": len(found.policies), "roles": len(found.roles)}
    return {"ok": True, **counted, "files": read, "problems": []}
