"""In what two policies differ, and what another one would have made of the calls that were recorded. Pure."""
