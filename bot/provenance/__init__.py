"""Where the values of a call come from. Pure: texts and ids in, origins out; who may do what is the gate's.

A value is the requester's when they wrote it or are it, when a catalogue calls what they named so, when a tool gave it as an id for
something of theirs, or when a reviewed runbook's step says it. Everything else is untrusted: what was read, what somebody else
wrote, and what a model alone has said.
"""

from bot.provenance.characters import suspicious
from bot.provenance.model import Kind, Origin, Source
from bot.provenance.texts import whole
from bot.provenance.things import things
from bot.provenance.trace import leaves, origins, smuggled, stands

__all__ = ["Kind", "Origin", "Source", "leaves", "origins", "smuggled", "stands", "suspicious", "things", "whole"]
