"""What `python -m bot policy …` does, each as JSON; `bot.policycli` shows it to people."""
