"""Deskhand: a support bot that lives in Slack and finishes work."""
