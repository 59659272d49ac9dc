"""The commands of ``python -m bot knowledge``, a file each; `bot.cli.knowledge` has the table of them."""
