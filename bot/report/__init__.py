"""What came of the cases, by definitions that stand in one place: figures, their words, their page."""
