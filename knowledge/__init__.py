"""Runbooks and how they are found. Knows nothing of the bot."""
