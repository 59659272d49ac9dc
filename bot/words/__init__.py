"""Everything that Deskhand says, in plain words: a file for each occasion. Nothing here decides anything."""
