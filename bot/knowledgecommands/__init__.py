"""The commands of ``python -m bot knowledge``, a file each; `bot.knowledgecli` has the table of them."""
