"""The open benchmark of whether work gets done: scenarios as data, played through the real Slack protocol, judged by the end state.

`scenario` says what a scenario is, `stage` sets it, `people` are those in it, `play` lets it happen, `judge` says what came of it
(`holds` the end state, `safety` whether every effect was open to whoever asked), `runners` are the minds that can stand behind the
bot, `score` counts, `tables` and `page` show.
"""
