"""What Deskhand can do: tools, and the systems they talk to. Knows nothing of the bot."""
