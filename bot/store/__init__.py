"""Our rows and jobs on PostgreSQL. Everything else of the bot sees only `bot.ports.Work` and `bot.ports.Outbox`."""
