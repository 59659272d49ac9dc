"""The one door: from a tool's name and arguments to a result that was looked at, or to the reason why there is none."""
