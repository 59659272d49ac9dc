"""`knowledge try`: what would be done for these words, and what the policy would say to each step. Nothing is done."""

import asyncio
import dataclasses
import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.knowledgecommands import triedwords
from bot.cli.terminal import Json, attempted, put_json

UNKNOWN = "hangs on what earlier steps find"


def command(
    words: Annotated[str, typer.Argument(metavar="WORDS", help='What somebody would write: "my phone does not get codes".')],
    as_: Annotated[str, typer.Option("--as", metavar="PERSON", help="Who would write it: handle, e-mail, Slack id or name.")],
    folder: Annotated[Path | None, typer.Option("--runbooks", metavar="FOLDER", help="Without it RUNBOOK_DIR.")] = None,
    as_json: Json = False,
) -> None:
    """What is found with its scores, which needs are filled from where, the plan, and what the policy would say to each step."""
    from bot import logs

    logs.set_up("CRITICAL")
    found = attempted(lambda: asyncio.run(tried(words, as_, folder)))
    if as_json:
        put_json(found)
    else:
        for problem in found["problems"]:
            typer.echo(f"left out: {problem}", err=True)
        for line in triedwords.say(found):
            typer.echo(line)


async def tried(words: str, as_: str, folder: Path | None) -> dict[str, Any]:
    """{words, as, floor, requests: [{words, found, runbook, refused, needs, asks, steps}], unknown, offered, problems}.

    Raises LookupError (nobody of that name), CommandError, PolicyError, SettingsError, StoreAway.
    """
    from bot.cli.policycommands.explained import asker
    from bot.cli.policycommands.live import systems
    from bot.gate.load import load as load_policy
    from bot.library import embedding
    from bot.library.runbooks import Library
    from bot.runbooks.needs import things_of
    from bot.runbooks.requests import near, understand
    from bot.runbooks.rows import with_besides
    from bot.settings import load
    from bot.toolbox import schemas
    from knowledge.parts import THINGS

    settings = load()
    async with systems(settings) as at_hand:
        policies = load_policy(settings.policy_file, at_hand.tools)
        principal = await asker(as_, at_hand)
        things = {source: await things_of(source, at_hand.directory) for source in THINGS}
        people = await at_hand.directory.people()
        with tempfile.TemporaryDirectory() as kept:  # a copy: looking must not change what is kept
            index = settings.bot_data_dir / "index"
            if index.is_dir():
                shutil.copytree(index, kept, dirs_exist_ok=True)
            model = await asyncio.to_thread(embedding.model, settings)
            library = await Library.read(folder or settings.runbook_dir, Path(kept), [*schemas().values()], things, people, model)
            understood = await with_besides(await understand(words, library), library.bound, at_hand.directory, library)
            told = [
                {
                    "words": one.words,
                    "found": [dataclasses.asdict(hit) for hit in await library.search(one.words)],
                    **await _planned(library.bound[one.found[0].runbook], one.words, principal, policies, at_hand),
                }
                for one in understood.requests
            ]
            nearest = {
                one: [dataclasses.asdict(hit) for hit in await library.search(one)]
                for one in understood.unknown or ([] if told else [words])
            }
            close = [] if told else await near(words, library)
            offered = [
                dataclasses.asdict(hit)
                for hit in close
                if await at_hand.facts.serves(library.bound[hit.runbook].runbook.audience, policies, principal, at_hand.clock.now())
            ]
    return {
        "words": words,
        "as": principal.id,
        "floor": library.floor,
        "requests": told,
        "unknown": [{"words": one, "found": found} for one, found in nearest.items()],
        "offered": offered,
        "problems": list(library.problems),
    }


async def _planned(bound: Any, words: str, principal: Any, policies: Any, at_hand: Any) -> dict[str, Any]:
    from bot.cases.admission import unfulfilled
    from bot.domain import Plan
    from bot.runbooks.unrolling import unrolled

    runbook, known, needs, asks = bound.runbook, {}, [], []
    for need in runbook.needs.values():
        value, whence, question = await _filled(need, words, principal, at_hand)
        if question:
            asks.append({"need": need.name, "question": question})
        else:
            known[need.name] = value
            needs.append({"need": need.name, "value": value, "from": whence})
    plan = Plan("P-0", "C-0", runbook.id, runbook.version, runbook.title, words, "", needs=known)
    serves = await at_hand.facts.serves(runbook.audience, policies, principal, at_hand.clock.now())
    refused = "" if serves else f"it is for {', '.join(runbook.audience)}"
    steps = (
        []
        if asks
        else [await _step(turn, runbook.id, principal, policies, at_hand) for turn in unrolled(bound, plan, principal, {})]
    )
    return {
        "runbook": runbook.id,
        "title": runbook.title,
        "refused": refused or unfulfilled(bound, plan, principal),
        "needs": needs,
        "asks": asks,
        "steps": steps,
        "text": "" if runbook.steps else runbook.text,
    }


async def _filled(need: Any, words: str, principal: Any, at_hand: Any) -> tuple[Any, str, str]:
    """(value, where it is from, what would be asked)."""
    from bot.runbooks import needs

    now, directory = at_hand.clock.now(), at_hand.directory
    bare = dataclasses.replace(need, default="")
    said = await needs.fill(bare, words, principal=principal, directory=directory, now=now)
    got = (
        said if isinstance(said, needs.Filled) else await needs.fill(need, words, principal=principal, directory=directory, now=now)
    )
    match got:
        case needs.Filled(value=value):
            return value, "the words" if got is said else f"the default {need.default}", ""
        case needs.Unclear(question=question):
            return None, "", question
        case _:
            return None, "", need.ask


async def _step(turn: Any, runbook: str, principal: Any, policies: Any, at_hand: Any) -> dict[str, Any]:
    from bot.cli.policycommands.explained import Asked, explained
    from bot.errors import CommandError, ExpressionError

    step, values, arguments, open_ = turn.bound.step, turn.values, {}, turn.unknown
    for name, expression in turn.bound.args.items():
        try:
            arguments[name] = expression.evaluate(values)
        except ExpressionError:
            arguments[name], open_ = f"<{expression.text}>", True
    said: dict[str, Any] = {"decision": "unknown", "reason": UNKNOWN, "owes": [], "would_ask": []}
    if not open_:
        given = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
        try:
            found = await explained(policies, Asked(step.tool, given, principal.id, runbooks=(runbook,)), at_hand)
            said = {name: found[name] for name in ("decision", "reason", "owes", "would_ask")}
        except (CommandError, LookupError) as error:
            said |= {"reason": str(error.args[0] if error.args else error)}
    guards = [f"{'' if wanted else '!'}({one.text})" for one, wanted in turn.bound.guards]
    return {
        "step": turn.key,
        "title": turn.title,
        "tool": step.tool,
        "arguments": arguments,
        "when": " && ".join([*guards, *([step.when] if step.when else [])]),
        "for_each": step.loop.over if step.loop and turn.unknown else "",
        "expect": step.expect,
        "until": step.until,
        "change": turn.bound.change,
        "policy": said,
    }
