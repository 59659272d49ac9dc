"""``python -m bot …``: a file for each group of commands, and how they answer."""
