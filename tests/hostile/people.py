"""People before their cards: right and wrong ones, at random, with what a card says, with what an old one said, and with forgeries."""

import dataclasses
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.consent import Act
from bot.ports import Click
from tests.hostile.adversary import PEOPLE
from tests.hostile.mechanism import ELSEWHERE, TEAM

WRONG = ("gus", "ben", "lena.kowalska")


@dataclass(frozen=True)
class Card:
    """What somebody saw: the content of the post, and the conversation for a confirmation."""

    approval: str
    nonce: str
    digest: str
    own: bool  # a confirmation
    case: str
    tool: str
    arguments: Mapping[str, str]
    requester: str
    label: str  # of what is touched
    target: str
    state: str
    expires: datetime
    typed: bool  # a yes takes the name of what is touched
    person: str  # whose direct messages it stands in; empty in the channel


@dataclass(frozen=True)
class Press:
    """One press of a button: by whom, and before which card. `card` is None where the payload is of no card that was ever shown."""

    slack_id: str
    team: str
    card: Card | None
    yes: bool
    act: Act | None
    words: str
    at: datetime
    number: int = 0
    taken: bool = False


def cards(kind: str, content: Mapping[str, Any], person: str) -> list[Card]:
    """Every card of a post."""
    return [
        Card(
            approval=one["approval"],
            nonce=one["nonce"],
            digest=one["digest"],
            own=kind == "confirm",
            case=one["case"],
            tool=one["tool"],
            arguments=dict(one["arguments"]),
            requester=one["requester"]["handle"],
            label=str(one["resource"]["label"] or one["resource"]["id"]),
            target=str(one["resource"]["id"]),
            state=one["state"],
            expires=datetime.fromisoformat(one["expires"]),
            typed=bool(one["step_up"]),
            person=person,
        )
        for one in content.get("cards", [content])
    ]


def press(
    chance: random.Random, seen: Sequence[Card], able: Sequence[str], slack: Mapping[str, str], at: datetime
) -> tuple[Press, Click]:
    """What somebody presses, and the payload that comes of it. `able` are those who help; `slack` has everybody's account."""
    fresh = [one for one in seen if one.state == "waiting"]
    card = chance.choice(fresh if fresh and chance.random() < 0.9 else seen)
    by = slack[card.requester] if card.own else card.person or slack[chance.choice(able)]
    if chance.random() < 0.2:
        by = slack[chance.choice((*PEOPLE, *WRONG))]
    yes, act, said = chance.random() < 0.9, None, ""
    if (card.own and chance.random() < 0.8) or chance.random() < 0.1:
        said = chance.choice(("It is needed for the launch.", "Ben asked me to.", " "))
    if not card.own and chance.random() < (0.8 if card.typed else 0.1):
        act = (
            Act.STEP_UP if card.typed else chance.choice((Act.STEP_UP, Act.TAKE, Act.BACK, Act.ASK, Act.REPLY, Act.LATER, Act.DONE))
        )
        said = {Act.STEP_UP: chance.choice((card.label, card.target, "something else", "")), Act.ASK: "Why?", Act.REPLY: "So."}.get(
            act, ""
        )
        yes = True
    click = Click(card.approval, card.nonce, by, TEAM, yes, said, card.digest)
    shown: Card | None = card
    if chance.random() < 0.2:
        other = chance.choice(seen)
        forged = chance.choice(
            (
                {"nonce": other.nonce},
                {"nonce": "forged"},
                {"nonce": ""},
                {"approval": other.approval},
                {"approval": "A-1"},
                {"digest": other.digest},
                {"digest": "0" * 12},
                {"team": ELSEWHERE},
                {"slack_id": "U0NOBODY"},
            )
        )
        click = dataclasses.replace(click, **forged)
        same = (click.approval, click.nonce) == (card.approval, card.nonce)
        shown = card if same and click.digest == card.digest else None
    return Press(click.slack_id, click.team, shown, yes, act, said, at), click
