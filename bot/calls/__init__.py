"""One call of a tool at work: its effect, its line in the ledger and the audit, and what follows it."""
