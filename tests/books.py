"""Runbooks that a test writes for itself."""

from pathlib import Path

HEAD = """\
---
id: {id}
title: {title}
kind: service_request
owner: platform
reviewed: {reviewed}
{keys}
hand_over: platform
examples:
  - {{says: {says}, then: {{said: x}}}}
---
{text}
"""
SYMPTOMS = ["polish the brass bell", "the brass bell needs a polish", "please polish our brass bell"]


def written(
    folder: Path,
    keys: str,
    *,
    id: str = "bell",  # noqa: A002 - it is called so in the file
    title: str = "Polish the bell",
    text: str = "The bell is polished.",
    reviewed: str = "2026-11-02",
    symptoms: list[str] | None = None,
) -> Path:
    """A runbook of these keys in the folder `books`, which is found by "polish the brass bell"; the folder."""
    books = folder / "books"
    books.mkdir(exist_ok=True)
    symptoms = symptoms or SYMPTOMS
    keys = f"symptoms: {symptoms}\n{keys.strip()}"
    whole = HEAD.format(id=id, title=title, keys=keys, says=symptoms[0], text=text, reviewed=reviewed)
    (books / f"{id}.md").write_text(whole)
    return books
