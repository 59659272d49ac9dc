"""The table of `docs/tools.md`, made from the catalogue: `python -m tools.reference` writes it anew; a test holds it."""

from pathlib import Path
from typing import Any

from tools.base import SystemsTool
from tools.catalog import TOOLS
from tools.contract import Effect, schema

PAGE = Path(__file__).parent.parent / "docs" / "tools.md"
BEGIN = "<!-- made by python -m tools.reference -->\n"
END = "<!-- end -->\n"


def reference() -> str:
    """Two tables in Markdown: the tools, and their arguments."""
    lines = ["| tool | what it does | system | effect | can be taken back |", "|---|---|---|---|---|"]
    for tool in TOOLS:
        back = "–" if tool.effect is Effect.READ else "yes" if tool.reversible else "no"
        lines.append(f"| `{tool.name}` | {tool.description} | {tool.system} | {tool.effect} | {back} |")
    lines += ["", "| tool | argument | type | meaning |", "|---|---|---|---|"]
    for tool in TOOLS:
        lines += [f"| `{tool.name}` | {argument} |" for argument in _arguments(tool)]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with its tables made anew; what people wrote around them stays."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{reference()}{END}{after}"


def _arguments(tool: type[SystemsTool[Any]]) -> list[str]:
    whole = schema(tool.arguments)
    needed = whole.get("required", [])
    return [
        f"`{name}`{'' if name in needed else ' (optional)'} | {_type(one)} | {one['description']}"
        for name, one in whole["properties"].items()
    ]


def _type(one: dict[str, Any]) -> str:
    kinds = [one, *one.get("anyOf", [])]
    names = [str(kind.get("format", kind["type"])) for kind in kinds if kind.get("type") not in (None, "null")]
    return " or ".join(names)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
