"""Deskhand: a support bot that lives in Slack and finishes work."""

__version__ = "0.1.0"
