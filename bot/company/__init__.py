"""The embedded company: the directory that it is for the bot, its pages and its people."""
