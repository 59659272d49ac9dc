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
LIST = """
needs:
  list: {from: list, ask: Which list?}
steps:
  - {id: now, title: Look, tool: list_mailing_lists, args: {user: principal.id}}
  - id: join
    title: Join
    tool: join_mailing_list
    args: {user: principal.id, list: needs.list.id}
    when: "!(needs.list.id in steps.now.lists)"
    undo: {tool: leave_mailing_list, args: {user: principal.id, list: needs.list.id}}
  - {id: again, title: Look again, tool: list_mailing_lists, args: {user: principal.id}, expect: needs.list.id in steps.again.lists}
done: You read {needs.list.label}.
"""
"""To be a part of another: a mailing list is joined, and left again when that does not work."""
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
