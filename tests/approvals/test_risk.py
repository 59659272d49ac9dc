"""How risky a call is called: by a plain rule, in words."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.approvals.naming import named, of_thing
from bot.approvals.risk import Level, risk
from bot.consent import Approval, Term
from bot.domain import Call, CallState
from bot.obligations import Owed
from bot.provenance import Kind, Origin
from tools.accounts import ResetMfa, UnlockAccount
from tools.engineering import RollbackDeployment
from tools.equipment import OrderEquipment

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CALL = Call("K-1", "C-1", "one", "unlock_account", {"user": "ana"}, CallState.WAITING, "ana", NOW, beneficiary="ana")
OWED = Owed("p", "", ("it-admin",))
APPROVAL = Approval("A-1", "C-1", "K-1", "d", "n", (OWED,), NOW, NOW + timedelta(hours=4), terms=(Term(0, NOW),))


@pytest.mark.parametrize(
    ("tool", "change", "owed", "expected"),
    [
        pytest.param(UnlockAccount, {}, (OWED,), (Level.LOW, ()), id="one's own, and it can be undone"),
        pytest.param(ResetMfa, {}, (OWED,), (Level.HIGH, ("it cannot be undone",)), id="it cannot be undone"),
        pytest.param(
            UnlockAccount,
            {"origins": (Origin("user", "ana", Kind.TEXT, "K-1 find_ticket"),)},
            (OWED,),
            (Level.HIGH, ("Ana did not say the user",)),
            id="a value from elsewhere",
        ),
        pytest.param(
            UnlockAccount,
            {"origins": (Origin("user", "ana", Kind.TEXT), Origin("user", "ana", Kind.TEXT), Origin("app", "x", Kind.MODEL))},
            (OWED,),
            (Level.HIGH, ("Ana did not say the user and the app",)),
            id="several values from elsewhere",
        ),
        pytest.param(
            UnlockAccount,
            {"resource": {"facts": {"risk": "high"}}},
            (OWED,),
            (Level.HIGH, ("the catalogue calls it high-risk",)),
            id="high by the catalogue",
        ),
        pytest.param(
            UnlockAccount,
            {"resource": {"facts": {"risk": "medium"}}},
            (OWED,),
            (Level.MEDIUM, ("the catalogue calls it medium-risk",)),
            id="medium by the catalogue",
        ),
        pytest.param(
            RollbackDeployment,
            {"resource": {"id": "production/storefront"}},
            (OWED,),
            (Level.MEDIUM, ("it reaches production",)),
            id="production",
        ),
        pytest.param(
            UnlockAccount,
            {"resource": {"id": "x", "label": "The Live shop"}},
            (OWED,),
            (Level.MEDIUM, ("it reaches production",)),
            id="production by its name",
        ),
        pytest.param(
            UnlockAccount,
            {"resource": {"id": "x", "facts": {"stage": "PROD"}}},
            (OWED,),
            (Level.MEDIUM, ("it reaches production",)),
            id="production by what its system says",
        ),
        pytest.param(
            UnlockAccount, {"beneficiary": "ben"}, (OWED,), (Level.MEDIUM, ("it is not for Ana",)), id="for somebody else"
        ),
        pytest.param(OrderEquipment, {}, (OWED,), (Level.MEDIUM, ("it sets off something that others act on",)), id="a deed"),
        pytest.param(
            UnlockAccount,
            {},
            (OWED, dataclasses.replace(OWED, policy="q")),
            (Level.MEDIUM, ("2 people have to agree",)),
            id="more than one yes",
        ),
        pytest.param(
            ResetMfa,
            {"beneficiary": "ben"},
            (OWED,),
            (Level.HIGH, ("it cannot be undone", "it is not for Ana")),
            id="the gravest ground comes first",
        ),
        pytest.param(None, {}, (OWED,), (Level.HIGH, ("it cannot be undone",)), id="a tool that is not known"),
    ],
)
def test_the_rule(tool: Any, change: dict[str, Any], owed: tuple[Owed, ...], expected: tuple[Level, tuple[str, ...]]) -> None:
    """One grave ground makes it high, any other medium; the grounds are said."""
    approval = dataclasses.replace(APPROVAL, owed=owed, terms=APPROVAL.terms * len(owed))
    made = object.__new__(tool) if tool else None
    found = risk(approval, dataclasses.replace(CALL, **change), made, "Ana")
    assert (found.level, found.grounds) == expected


@pytest.mark.parametrize(
    ("sentence", "arguments", "names", "expected"),
    [
        pytest.param(
            "Give ana access to figma",
            {"user": "ana", "app": "figma"},
            {"ana": "Ana A", "figma": "Figma"},
            "Give Ana A access to Figma",
            id="whole",
        ),
        pytest.param(
            "Renew the certificate of ana's device",
            {"user": "ana"},
            {"ana": "Ana A"},
            "Renew the certificate of Ana A's device",
            id="a genitive",
        ),
        pytest.param(
            "Lock ana-laptop of ana", {"user": "ana"}, {"ana": "Ana A"}, "Lock ana-laptop of Ana A", id="not within another word"
        ),
        pytest.param(
            "Roll shop/ana and box-ana back for ana",
            {"user": "ana"},
            {"ana": "Ana A"},
            "Roll shop/ana and box-ana back for Ana A",
            id="not at the end of an id",
        ),
        pytest.param("Roll ana.example back", {"user": "ana"}, {"ana": "Ana A"}, "Roll ana.example back", id="not within a host"),
        pytest.param(
            "Add to IT-1: “ana is out”", {"user": "ana"}, {"ana": "Ana A"}, "Add to IT-1: “ana is out”", id="what is quoted stays"
        ),
        pytest.param(
            "Tell “ana” and “ben” of ana",
            {"user": "ana"},
            {"ana": "Ana A"},
            "Tell “ana” and “ben” of Ana A",
            id="what follows a quote",
        ),
        pytest.param(
            "Give Design tools to Design",
            {"app": "Design", "list": "Design tools"},
            {"Design": "D", "Design tools": "Tools for all"},
            "Give Tools for all to D",
            id="the longer of two that begin alike",
        ),
        pytest.param("Give ana access", {"user": "ben"}, {"ana": "Ana A"}, "Give ana access", id="nothing but values of arguments"),
    ],
)
def test_names_stand_for_ids(sentence: str, arguments: dict[str, str], names: dict[str, str], expected: str) -> None:
    assert named(sentence, arguments, names) == expected


def test_only_what_people_call_by_a_name_is_called_so() -> None:
    assert of_thing({"kind": "app", "id": "figma", "label": "Figma"}) == {"figma": "Figma"}
    assert of_thing({"kind": "app", "id": "figma", "label": ""}) == {}
    assert of_thing({"kind": "app", "id": "", "label": "Figma"}) == {}
    assert of_thing({"kind": "deployment", "id": "production/storefront", "label": "storefront in production"}) == {}
