"""Runbooks are read whole, and what is wrong with one is said with its line, in the writer's words."""

from pathlib import Path

import pytest

from knowledge.parse import RunbookError, load, parse
from knowledge.parts import SOURCES
from knowledge.runbook import Example, Need, Step

GOOD = """\
---
id: app-access
title: Access to an application
kind: service_request
owner: identity
reviewed: 2026-10-01
symptoms:
  - I need access to
  - "it says: permission denied"
unlike: [remove my access]
needs:
  app: {from: catalogue, ask: Which application?}
  until: {from: date, default: 7d, ask: Until when?}
  region:
    from: choice
    ask: Which region?
    default: eu
    choices: {eu: Europe, us: United States}
steps:
  - {id: now, title: See what you have, tool: list_access, args: {user: principal.id}}
  - id: grant
    tool: grant_access
    args: {user: principal.id, app: needs.app.id, days: 3, quiet: true, tags: [needs.region, "'x'"]}
    when: "!(needs.app.id in steps.now.apps)"
  - {id: again, tool: list_access, args: {user: principal.id}, expect: needs.app.id in steps.again.apps}
done: You can use {needs.app.label}.
hand_over: identity
examples:
  - says: could I get into the warehouse until friday
    given: {clock: 2026-11-23T09:00+01:00}
    approves: omar
    then: {access: {user: ana, app: warehouse, until: 2026-11-27}}
  - says: [I need access, let me in]
    as: ben
    answers: {app: figma}
    then: {factors: {count: 0}, answered: true}
---
Ask for what you need.

---
A line of dashes in the text belongs to the text.
"""

QUESTION = """\
---
id: wifi
title: Wifi
kind: question
owner: network
reviewed: 2026-10-01
symptoms: [wifi]
examples: [{says: wifi, then: {answered: true}}]
---
Use *guest*.
"""


def written(folder: Path, text: str, name: str = "app-access.md") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_everything_in_a_good_file_is_read(tmp_path: Path) -> None:
    """Values as written; expressions stay source, YAML's own numbers and truths become literals, times keep their zone."""
    book = parse(written(tmp_path, GOOD))

    assert (book.id, book.title, book.kind, book.owner) == (
        "app-access",
        "Access to an application",
        "service_request",
        "identity",
    )
    assert (book.reviewed, book.hand_over, book.done) == ("2026-10-01", "identity", "You can use {needs.app.label}.")
    assert book.symptoms == ("I need access to", "it says: permission denied")
    assert book.unlike == ("remove my access",)
    assert list(book.needs.values()) == [
        Need("app", "catalogue", "Which application?", line=12),
        Need("until", "date", "Until when?", "7d", line=13),
        Need("region", "choice", "Which region?", "eu", (("eu", "Europe"), ("us", "United States")), line=14),
    ]
    assert book.steps[1] == Step(
        id="grant",
        tool="grant_access",
        args={"user": "principal.id", "app": "needs.app.id", "days": "3", "quiet": "true", "tags": "[needs.region, 'x']"},
        when="!(needs.app.id in steps.now.apps)",
        line=21,
        lines={"user": 23, "app": 23, "days": 23, "quiet": 23, "tags": 23, "when": 24},
    )
    assert [step.title for step in book.steps] == ["See what you have", "", ""]
    assert book.steps[2].expect == "needs.app.id in steps.again.apps"
    assert book.examples == (
        Example(
            says=("could I get into the warehouse until friday",),
            given={"clock": "2026-11-23T09:00+01:00"},
            approves="omar",
            then={"access": {"user": "ana", "app": "warehouse", "until": "2026-11-27"}},
            line=29,
        ),
        Example(
            says=("I need access", "let me in"),
            as_="ben",
            answers={"app": "figma"},
            then={"factors": {"count": 0}, "answered": True},
            line=33,
        ),
    )
    assert book.text == "Ask for what you need.\n\n---\nA line of dashes in the text belongs to the text."
    assert book.path == str(tmp_path / "app-access.md")


def test_a_question_is_answered_by_its_text(tmp_path: Path) -> None:
    """No steps, nothing to say at the end but the text."""
    book = parse(written(tmp_path, QUESTION))

    assert (book.steps, book.done, book.text) == ((), "", "Use *guest*.")


def test_the_version_follows_the_file(tmp_path: Path) -> None:
    """Equal bytes, equal version; a changed letter changes it."""
    one, same, other = (
        parse(written(tmp_path, text, name)).version
        for text, name in ((GOOD, "a.md"), (GOOD, "b.md"), (GOOD.replace("Ask", "Say"), "c.md"))
    )
    assert one == same
    assert one != other
    assert len(one) == 12


@pytest.mark.parametrize("edit", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
def test_files_of_other_editors_are_read(tmp_path: Path, edit: object) -> None:
    """A byte order mark and Windows' line ends change nothing, not even the lines."""
    book = parse(written(tmp_path, edit(GOOD)))  # type: ignore[operator]

    assert (book.id, book.steps[1].line) == ("app-access", 21)


WRONG = [
    ("---\nid: app", "id: app", '1: has no front matter: the first line must be "---", the next such line ends it'),
    ("---\nAsk", "Ask", '38: a line that is no "key: value"'),
    ("id: app-access\n", "id: app-access\nid: b\n", '3: key "id" stands twice in what begins at line 2'),
    ("{user: principal.id}}", "{user: a, user: b}}", '20: key "user" stands twice in what begins at line 20'),
    ("title: Access to", "title: Access: to", '3: a value with ": " in it must stand in quotes'),
    ("owner: identity", "\towner: identity", "5: a tab; YAML is indented with blanks"),
    ("owner: identity", "owner: @identity", "5: a value cannot begin with @; put it in quotes"),
    ("[remove my access]", "[remove my access", "11: the [ of line 10 is not closed"),
    ("title: Access to an application\n", "", '1: key "title" is missing'),
    ("title: Access to an application\n", "title:\n", '3: "title" is empty'),
    ("title: Access to an application\n", "title: [a, b]\n", '3: "title" must be a text'),
    ("symptoms:", "symptons:", '7: unknown key "symptons" (did you mean "symptoms"?)'),
    ("hand_over: identity", "colour: blue", '27: unknown key "colour"'),
    ("id: app-access", "id: App Access", '2: id "App Access" must be small letters, digits and single hyphens, such as app-access'),
    (
        "kind: service_request",
        "kind: service-request",
        '4: kind "service-request" is unknown (did you mean "service_request"?); it is one of incident, service_request, question',
    ),
    ("kind: service_request", "kind: question", '11: a question has no "needs": the text below the front matter is the answer'),
    ("kind: service_request", "kind: question", '19: a question has no "steps": the text below the front matter is the answer'),
    ("kind: service_request", "kind: question", '26: a question has no "done": the text below the front matter is the answer'),
    ("reviewed: 2026-10-01", "reviewed: 2026-13-01", '6: reviewed "2026-13-01" is no date; write one such as 2026-10-01'),
    ("reviewed: 2026-10-01", "reviewed: last week", '6: reviewed "last week" is no date; write one such as 2026-10-01'),
    ("unlike: [remove my access]", "unlike: remove my access", '10: "unlike" must be a list of texts'),
    (
        '"it says: permission denied"',
        "it says: permission denied",
        '9: "symptoms" is a list of texts; put one with ": " in it in quotes',
    ),
    ("  - I need access to\n", "  -\n", '8: "symptoms" has an empty text'),
    ("needs:\n", "needs: [app]\nneed:\n", '11: "needs" must be a mapping such as app: {from: catalogue, ask: Which application?}'),
    (
        "{from: catalogue, ask: Which application?}",
        "catalogue",
        '12: need "app" must be a mapping such as {from: catalogue, ask: Which application?}',
    ),
    (
        "from: catalogue",
        "from: catalog",
        f'12: need "app": from "catalog" is unknown (did you mean "catalogue"?); it is one of {", ".join(SOURCES)}',
    ),
    (
        "reviewed: 2026-10-01",
        "reviewed: 2026-10-01\nhome: Access to one of our many applications, please",
        '7: home "Access to one of our many applications, please" has 46 characters; a button takes 40',
    ),
    (", ask: Until when?", "", '13: need "until" has no "ask"'),
    ("{from: date, default", "{form: date, default", '13: need "until" has unknown key "form" (did you mean "from"?)'),
    (
        "default: 7d",
        "default: a week",
        '13: need "until": default "a week" is no span of time; write one such as 12h, 7d, 2w or 1m',
    ),
    ("default: eu", "default: uk", '17: need "region": default "uk" is not among the choices eu, us'),
    ("    choices: {eu: Europe, us: United States}\n", "", '14: need "region": a choice needs "choices"'),
    ("from: catalogue,", "from: person, choices: [a],", '12: need "app": only a need from choice has choices, not one from person'),
    (
        "  until: {",
        "  end-date: {",
        '13: need "end-date" cannot be called so: expressions say needs.NAME, with letters, digits and _ in the name',
    ),
    ("steps:\n", "steps: []\nunlike_steps:\n", '19: a runbook of kind service_request needs "steps"; only a question has none'),
    ("    tool: grant_access\n", "", '21: step "grant" has no "tool"'),
    ("  - id: grant\n    tool", "  - tool", '21: step 2 has no "id"'),
    ("    when:", "    whn:", '24: step "grant" has unknown key "whn" (did you mean "when"?)'),
    ("{id: again,", "{id: now,", '25: two steps have the id "now"; the other one is in line 20'),
    (
        "id: grant",
        "id: grant-it",
        '21: step "grant-it" cannot be called so: expressions say steps.NAME, with letters, digits and _ in the name',
    ),
    ("days: 3", "days: ", '23: step "grant": argument "days" is empty; write an expression, or leave it out'),
    ("days: 3", "days: {a: b}", '23: step "grant": argument "days" is read as a mapping; put an expression with braces in quotes'),
    (
        'when: "!(needs.app.id in steps.now.apps)"',
        "when:",
        '24: step "grant": "when" is empty; write an expression, or leave it out',
    ),
    (
        "{user: principal.id}, expect",
        "principal.id, expect",
        '25: step "again": "args" must be a mapping such as {user: principal.id}',
    ),
    ("  - id: grant", "  - look\n  - id: grant", "21: step 2 must be a mapping such as {id: look, tool: find_account, args: {…}}"),
    ("  - says: could I get into the warehouse until friday\n    given", "  - given", '29: example 1 has no "says"'),
    (
        "then: {factors: {count: 0}, answered: true}",
        "then: resolved",
        '36: example 2: "then" must be a mapping such as {account: {user: ana, status: ACTIVE}}',
    ),
    ("says: could I get into the warehouse until friday", "says: {a: b}", '29: example 1: "says" must be a text'),
    ("[I need access, let me in]", "[]", '33: example 2: "says" is empty'),
    ("    then: {factors: {count: 0}, answered: true}\n", "", '33: example 2 has no "then"'),
    ("approves: omar", "aproves: omar", '31: example 1 has unknown key "aproves" (did you mean "approves"?)'),
    (
        "answers: {app: figma}",
        "answers: {ap: figma}",
        '35: example 2: answers the need "ap", which is not there (did you mean "app"?)',
    ),
    ("answers: {app: figma}", "answers: figma", '35: example 2: "answers" must be a mapping such as {app: figma}'),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG, ids=[message for _, _, message in WRONG])
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    """The good file with one thing changed is refused, and the message says which line and what was meant."""
    assert right in GOOD

    with pytest.raises(RunbookError) as refused:
        parse(written(tmp_path, GOOD.replace(right, wrong, 1)))

    assert f"app-access.md:{message}" in str(refused.value).split("\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'app-access.md:1: has no front matter: the first line must be "---", the next such line ends it'),
        ("---\nid: a\n", 'app-access.md:1: the front matter does not end: a second line "---" is missing'),
        ("---\n---\n", 'app-access.md:1: the front matter must be lines of "key: value", the first of them "id: …"'),
        ("---\n- a\n---\n", 'app-access.md:1: the front matter must be lines of "key: value", the first of them "id: …"'),
        ("---\nid: 'a\n---\n", "app-access.md:2: a bracket or a quote is opened and never closed"),
        (
            QUESTION.replace("Use *guest*.", ""),
            "app-access.md:10: a question needs a text below the front matter: that is the answer",
        ),
    ],
)
def test_a_file_that_is_hardly_a_runbook_is_named(tmp_path: Path, text: str, message: str) -> None:
    """Also where there is next to nothing to point to."""
    with pytest.raises(RunbookError) as refused:
        parse(written(tmp_path, text))

    assert str(refused.value) == message


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """In the order of lines, and the first of them can be asked for."""
    text = GOOD.replace("whn", "when").replace("    when:", "    whn:").replace("reviewed: 2026-10-01", "reviewed: soon")

    with pytest.raises(RunbookError) as refused:
        parse(written(tmp_path, text))

    assert [problem.line for problem in refused.value.problems] == [6, 24]
    assert (refused.value.file, refused.value.line) == ("app-access.md", 6)
    assert refused.value.message == 'reviewed "soon" is no date; write one such as 2026-10-01'


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    """A folder, a file that is gone and bytes that are no UTF-8 are runbook errors like any other."""
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "latin.md").write_bytes("---\ntitle: Zugänge\n".encode("latin-1"))

    for name, message in {
        "folder.md": "folder.md: cannot be read: Is a directory",
        "gone.md": "gone.md: cannot be read: No such file or directory",
        "latin.md": "latin.md:2: is not written in UTF-8",
    }.items():
        with pytest.raises(RunbookError) as refused:
            parse(tmp_path / name)
        assert str(refused.value) == message


def test_an_unreadable_runbook_is_named_and_left_out(tmp_path: Path) -> None:
    """The others are there, in the order of their files; other files are no runbooks."""
    written(tmp_path, GOOD, "b.md")
    written(tmp_path, GOOD.replace("owner: identity", "ownr: identity"), "a.md")
    written(tmp_path, QUESTION, "wifi.md")
    written(tmp_path, "not a runbook", "notes.txt")

    good, bad = load(tmp_path)

    assert [book.id for book in good] == ["app-access", "wifi"]
    assert [str(error).split("\n")[-1] for error in bad] == ['a.md:5: unknown key "ownr" (did you mean "owner"?)']


def test_of_two_with_one_id_the_second_is_left_out(tmp_path: Path) -> None:
    """Both files are named, with the line of the id."""
    written(tmp_path, GOOD, "a.md")
    written(tmp_path, GOOD.replace("title: Access", "title: Another access"), "b.md")

    good, bad = load(tmp_path)

    assert [book.path for book in good] == [str(tmp_path / "a.md")]
    assert [str(error) for error in bad] == ['b.md:2: the id "app-access" is already that of a.md; this file is left out']


def test_an_empty_folder_has_no_runbooks(tmp_path: Path) -> None:
    """Nothing to find, nothing wrong."""
    assert load(tmp_path) == ([], [])
