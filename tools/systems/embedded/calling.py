"""How people name what runs in a namespace."""

NAMESPACES = {"production": ("production", "prod"), "staging": ("staging", "stage")}
"""How people call them."""
NOUNS = ("", " deployment", " service", " pods")


def called(namespace: str, name: str) -> tuple[str, ...]:
    """How people name a deployment: alone, which may fit several, and with its namespace before or behind."""
    spaces = NAMESPACES.get(namespace, (namespace,))
    behind = [f"{name}{noun}{link}{space}" for space in spaces for noun in NOUNS for link in (" ", " in ", " on ")]
    return (name, *(f"{space} {name}" for space in spaces), *behind)
