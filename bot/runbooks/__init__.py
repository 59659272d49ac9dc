"""A runbook bound to the tools that it names, what it needs to know, and its steps one after the other."""
