"""What is asked for in the plainest words: a few forms for each runbook, each with a few names of the embedded company.

The symptoms were written with these in view; how well other people's words are found is measured in `test_many.py`.
"""

import pytest

from bot.runbooks.requests import understand
from tests.bench.retrieval import Shelf, shipped
from tests.kept import vectors

PLAIN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "access-give-back": (
        ("Figma", "Grafana"),
        ("I don't need {} any more", "remove my access to {}", "give back my {} access", "revoke my {} access"),
    ),
    "access-mine": (("access",), ("what {} do I have", "list my {}", "which apps can I use", "what do I have access to")),
    "account-locked": (
        ("ben", "Carla Costa", "my colleague ben"),
        ("unlock {}'s account", "{} is locked out", "the account of {} is locked"),
    ),
    "account-suspend": (
        ("ben", "Carla Costa", "my colleague ben"),
        ("suspend {}'s account", "block {}'s account", "disable {}", "{}'s account was hacked, suspend it"),
    ),
    "account-unsuspend": (
        ("ben", "Carla Costa", "my colleague ben"),
        ("unsuspend {}", "enable {}'s account again", "reactivate {}"),
    ),
    "app-access": (
        ("Figma", "Grafana", "Jira", "Looker", "Salesforce"),
        ("I need access to {}", "can I get access to {}?", "{} access please", "please add me to {}", "could you let me into {}"),
    ),
    "certificate-roll": (
        ("login.harborline.example", "the shop"),
        (
            "roll the certificate of {}",
            "renew the certificate for {}",
            "the certificate of {} expires",
            "rotate the tls cert of {}",
        ),
    ),
    "ci-status": (
        ("orders-api", "storefront"),
        ("did the build of {} pass", "is ci green for {}", "why did the pipeline of {} fail", "ci status of {}"),
    ),
    "deployment-status": (
        ("orders-api", "storefront", "sso-gateway in staging"),
        ("how is {} doing", "is {} healthy", "what version of {} is running", "status of {}"),
    ),
    "device-lost": (("laptop", "phone"), ("my {} was stolen", "I lost my {}", "I left my {} on the train", "somebody stole my {}")),
    "device-slow": (
        ("laptop", "computer", "notebook"),
        ("my {} is slow", "my {} is very slow today", "restart my {}", "my {} hangs all the time"),
    ),
    "equipment-order": (
        ("headset", "keyboard", "mouse", "monitor", "docking station", "webcam", "charger", "chair", "notebook", "laptop"),
        (
            "I need a {}",
            "I need a new {}",
            "can I get a {}?",
            "could you order me a {} please",
            "I'd like a second {}",
            "I want another {}",
        ),
    ),
    "guest-wifi": (("guest",), ("wifi for a {}", "how do {}s get on the wifi", "{} wifi password")),
    "licence-for-app": (
        ("Figma", "Jira"),
        ("I need a licence for {}", "can I get a {} licence", "{} license please", "assign me a {} seat"),
    ),
    "licence-give-back": (
        ("Figma", "Jira"),
        ("I don't need my {} licence any more", "give back my {} licence", "take away my {} license", "release my {} seat"),
    ),
    "lists-mine": (("lists",), ("which mailing {} am I on", "my mailing {}", "what distribution {} am I in")),
    "mailbox-full": (("mailbox",), ("my {} is full", "no space in my {}", "I can't get mail, the {} is full")),
    "mailing-list-join": (
        ("berlin-office", "the sales leads list", "incidents"),
        ("add me to {}", "put me on {} please", "subscribe me to {}", "I want to join {}"),
    ),
    "mailing-list-leave": (
        ("berlin-office", "the sales leads list", "incidents"),
        ("take me off {}", "remove me from {}", "unsubscribe me from {}", "I want to leave {}"),
    ),
    "new-phone-mfa": (
        ("my",),
        ("I have a new phone, reset {} mfa", "reset {} 2fa", "{} authenticator is on the old phone", "I lost {} second factor"),
    ),
    "node-drain": (("shop-1", "batch-2"), ("drain {}", "take {} out of service", "drain node {}", "cordon and drain {}")),
    "node-restore": (
        ("shop-1", "batch-2"),
        ("put {} back", "uncordon {}", "bring {} back into service", "node {} can take work again"),
    ),
    "offboarding": (
        ("ben", "Nina"),
        ("offboard {}", "{} leaves the company", "ben's last day is friday", "close all accounts of {}"),
    ),
    "onboarding": (
        ("ben", "Nina"),
        ("onboard {}", "{} starts on monday", "set up everything for {}, a new colleague", "new hire {}"),
    ),
    "order-cancel": (
        ("monitor", "laptop", "headset"),
        (
            "cancel my {} order",
            "cancel the order of my {}",
            "I don't need the {} that I ordered any more",
            "cancel the {} I ordered",
        ),
    ),
    "order-status": (
        ("monitor", "headset", "order"),
        ("where is my {}", "when does my {} arrive", "status of my {}", "has my {} been shipped"),
    ),
    "page-team": (
        ("identity", "platform", "network"),
        ("page {}", "page the {} team", "wake up {} on call", "call the {} on call"),
    ),
    "password-reset": (
        ("my", "ben's"),
        ("reset {} password", "I forgot {} password", "{} password has to be reset", "please reset {} password"),
    ),
    "printer-setup": (("printer",), ("how do I add a {}", "set up the {}", "connect to the {}", "install {}")),
    "rerun-ci": (
        ("orders-api", "storefront"),
        ("rerun the ci of {}", "re-run the tests of {}", "run the pipeline of {} again", "the build of {} failed, run it again"),
    ),
    "restart-deployment": (
        ("orders-api", "storefront", "sso-gateway in staging"),
        ("restart {}", "please restart {}", "{} needs a restart", "can you bounce {}"),
    ),
    "rollback-deployment": (
        ("orders-api", "storefront", "sso-gateway in staging"),
        ("roll back {}", "please roll {} back", "roll back {} to the last version", "undo the last release of {}"),
    ),
    "service-status": (
        ("e-mail", "the vpn", "the intranet"),
        ("is {} down", "is {} down for everyone", "is there an outage of {}", "are there problems with {}"),
    ),
    "shared-mailbox": (("mailbox",), ("I need a shared {}", "create a shared {} for my team", "access to a shared {}")),
    "ticket-status": (("IT-1004", "my ticket"), ("how is {}", "status of {}", "any news on {}", "what happened to {}")),
    "token-rotate": (
        ("the ci token", "the webhook token"),
        ("rotate {}", "{} leaked", "{} was committed by mistake", "{} is on github, rotate it"),
    ),
    "vpn-certificate": (
        ("vpn",),
        ("{} does not connect", "my {} certificate expired", "renew my {} certificate", "I can't connect to {}"),
    ),
    "vpn-setup": (("vpn",), ("how do I set up {}", "set up {} on my laptop", "how do I install {}", "{} setup")),
    "who-is-on-call": (
        ("identity", "platform", "network"),
        ("who is on call for {}", "who's on call for {} today", "who is {} on call", "whose pager is it for {}"),
    ),
}
"""Runbook → (names, what is said of each)"""
OF_PEOPLE: dict[str, tuple[str, ...]] = {
    "access-give-back": ("{} doesn't need figma any more", "remove {} from looker", "revoke {}'s access to github"),
    "account-locked": (
        "unlock {}",
        "unlock {}'s account",
        "{} is locked out",
        "{} can't sign in, the account is locked",
        "please unlock the account of {}",
    ),
    "account-suspend": ("suspend {}", "disable {}'s account", "block {}", "suspend the account of {}"),
    "account-unsuspend": ("unsuspend {}", "enable {}'s account again", "reactivate the account of {}"),
    "app-access": ("give {} access to figma", "{} needs access to looker until friday", "can {} get into salesforce"),
    "equipment-order": ("order a headset for {}", "{} needs a new notebook"),
    "licence-for-app": ("{} needs a figma licence", "a looker seat for {} please"),
    "mailing-list-join": ("add {} to the incidents list", "put {} on berlin-office"),
    "mailing-list-leave": ("take {} off the incidents list", "remove {} from berlin-office"),
    "new-phone-mfa": ("reset mfa for {}", "{} has a new phone, reset the second factor"),
    "offboarding": ("offboard {}", "{} leaves on friday", "remove all access of {}, the contract ended"),
    "onboarding": ("onboard {}", "{} starts on monday", "{} is new in my team, please set everything up"),
    "password-reset": ("reset {}'s password", "{} forgot the password", "please reset the password of {}"),
}
"""Runbook → what is said of somebody"""
SOMEBODY = ("ben", "Lena Kowalska", "@U01ABCDEF", "gus@harborline.example", "my colleague Pavel")
ONE_IN = 10


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return shipped(vectors())


async def test_plain_words_are_taken_for_nothing_else(shelf: Shelf) -> None:
    """None finds another runbook, alone or beside its own; at most one in ten finds nothing, and is asked about."""
    asked = {form.format(name): runbook for runbook, (names, forms) in PLAIN.items() for name in names for form in forms}
    found = {says: [one.found[0].runbook for one in (await understand(says, shelf)).requests] for says in asked}

    assert {says: books for says, books in found.items() if books and books != [asked[says]]} == {}
    nothing = [says for says, books in found.items() if not books]
    assert len(nothing) <= len(asked) / ONE_IN, nothing


async def test_who_is_named_does_not_matter(shelf: Shelf) -> None:
    """By first name, full name, mention or address: each finds its runbook alone."""
    asked = {form.format(name): runbook for runbook, forms in OF_PEOPLE.items() for name in SOMEBODY for form in forms}
    found = {says: [one.found[0].runbook for one in (await understand(says, shelf)).requests] for says in asked}

    assert {says: books for says, books in found.items() if books != [asked[says]]} == {}


@pytest.mark.parametrize(
    "says",
    ["I need a new headset, mine is broken", "I need a new monitor, the old one is broken", "my mouse is broken, I need a new one"],
)
async def test_why_it_is_wanted_is_no_request_of_its_own(shelf: Shelf, says: str) -> None:
    """And what is wanted may be named there."""
    understood = await understand(says, shelf)
    assert understood.unknown == []
    assert [(one.found[0].runbook, one.words) for one in understood.requests] == [("equipment-order", says)]
