"""What `python -m bot policy …` does, each as JSON; `bot.cli.policy` shows it to people."""
