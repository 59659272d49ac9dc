"""The Slack edge: events in, posts out. It knows the house's words and ports, never its rooms."""
