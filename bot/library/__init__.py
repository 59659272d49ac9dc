"""What Deskhand knows, in memory and in step with where it comes from: runbooks and articles, found by meaning and by words."""
