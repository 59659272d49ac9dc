"""The App Home tab: what Deskhand does, and requests to try. Pure."""

from bot.slack import blocks
from bot.slack.blocks import Block

PROMPTS = (
    "I'm locked out of my account",
    "Could I get into the analytics warehouse until Friday?",
    "I have a new phone and need my sign-in codes moved",
    "My VPN says the certificate has expired",
)


def view() -> Block:
    return {
        "type": "home",
        "blocks": [
            blocks.header("Hi, I'm Deskhand"),
            blocks.section(
                "Write to me in your own words, here under *Messages* or by mentioning me in a channel. I look for the runbook "
                "that fits, do what the company's policy lets me do, check that it worked, and tell you. Where the policy wants a "
                "person's yes, I ask the people on call and go on by myself as soon as they answer."
            ),
            blocks.section("*Try for example*\n" + "\n".join(f"• {blocks.escape(prompt)}" for prompt in PROMPTS)),
            blocks.section(
                "*At any time*\n• “never mind” withdraws what is still waiting\n• “a person please” hands over to people, with "
                "all that I learned"
            ),
            blocks.context("I work for full members of this workspace. What I don't know I don't guess: I hand it over."),
        ],
    }
