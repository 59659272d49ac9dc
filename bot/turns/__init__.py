"""One turn of a conversation: what a new event means, what each case does about it, and what is said at the end."""
