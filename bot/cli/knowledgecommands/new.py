"""`knowledge new`: a runbook to fill in, in the editor."""

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import attempted
from bot.errors import CommandError

TEMPLATE = """\
---
id: {id}
title: {title}
kind: service_request            # incident, service_request, or question (then: no needs and no steps)
owner: identity                  # who keeps it right
reviewed: {today}
# review_every: 90d              # 180 days without it
# audience: [platform-oncall]    # roles of the policy; without it everybody
symptoms:                        # what people say, in a hurry; eight or more
  - {words}
unlike: []                       # what sounds alike and is something else
needs:
  user: {{from: person, default: requester, ask: Who is it for?}}
preconditions:
  - {{holds: "false", else: This is a draft and nothing is done yet.}}   # take this line out once the steps are yours
#   - {{holds: needs.user.id != principal.id, else: A colleague has to ask for this.}}
steps:                           # look, change what is not yet so, look again
  - {{id: look, title: Look at the account, tool: find_account, args: {{user: needs.user.id}}}}
  - id: change
    title: Open it
    tool: unlock_account
    args: {{user: needs.user.id}}
    when: steps.look.status == 'LOCKED_OUT'
    # undo: {{tool: suspend_account, args: {{user: needs.user.id}}}}
  - {{id: again, title: Look again, tool: find_account, args: {{user: needs.user.id}}, expect: steps.again.status == 'ACTIVE'}}
done: "The account of {{needs.user.label}} is open."   # the state, not the deed
hand_over: identity              # the schedule that gets what cannot be finished
examples:                        # run by `knowledge test`; four phrasings or more, a terse and a misspelt one among them
  - says: [{words}]
    given: {{account: {{user: ana, status: LOCKED_OUT}}}}
    then: {{account: {{user: ana, status: ACTIVE}}}}
---
What whoever asks should know.

## For the engineer on call

What whoever takes a case over should know.
"""


def command(
    name: Annotated[str, typer.Argument(metavar="ID", help="Small letters, digits and hyphens: account-locked.")],
    folder: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where; without it RUNBOOK_DIR.")] = None,
) -> None:
    """Write a runbook to fill in, and open it in EDITOR when somebody sits in front."""
    file = attempted(lambda: written(name, folder))
    typer.echo(f"written to {file}; then: python -m bot knowledge check")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor and sys.stdin.isatty() and sys.stdout.isatty():
        subprocess.run([*shlex.split(editor), str(file)], check=False)  # noqa: S603 - the user's own editor


def written(name: str, folder: Path | None) -> Path:
    """The file. Raises CommandError, SettingsError."""
    from bot.settings import load
    from knowledge.parse import ID

    if not ID.fullmatch(name):
        raise CommandError(f"{name!r} must be small letters, digits and single hyphens, such as account-locked")
    file = (folder or load().runbook_dir) / f"{name}.md"
    words = name.replace("-", " ")
    text = TEMPLATE.format(id=name, title=words.capitalize(), words=words, today=datetime.now(UTC).date())
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise CommandError(f"{file} is there already") from None
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    return file
