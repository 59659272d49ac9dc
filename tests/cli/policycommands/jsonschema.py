"""As much of JSON Schema 2020-12 as the policy's schema speaks, read strictly: a keyword that is not known here is an error."""

import re
from collections.abc import Iterator
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": int | float, "boolean": bool}
WORDS = {"$schema", "title", "description", "default", "$defs", "examples", "then", "else"}


def errors(value: Any, schema: Any, root: Any, at: str = "$") -> Iterator[str]:
    """What does not fit, each with its place; nothing when it fits."""
    if schema is True or schema is False:
        if schema is False:
            yield f"{at}: must not be there"
        return
    for word, wants in schema.items():
        match word:
            case "$ref":
                name = wants.removeprefix("#/$defs/")
                yield from errors(value, root["$defs"][name], root, at)
            case "type":
                if not isinstance(value, TYPES[wants]) or (isinstance(value, bool) and wants != "boolean"):
                    yield f"{at}: {value!r} is no {wants}"
            case "const":
                if value != wants or type(value) is not type(wants):
                    yield f"{at}: {value!r} is not {wants!r}"
            case "enum":
                if value not in wants:
                    yield f"{at}: {value!r} is none of {wants}"
            case "pattern":
                if isinstance(value, str) and not re.search(wants, value):
                    yield f"{at}: {value!r} does not look like {wants}"
            case "minLength" | "minItems" | "minProperties":
                kinds = {"minLength": str, "minItems": list, "minProperties": dict}
                if isinstance(value, kinds[word]) and len(value) < wants:
                    yield f"{at}: too few"
            case "minimum" | "maximum":
                number = isinstance(value, int | float)
                if number and (value < wants if word == "minimum" else value > wants):
                    yield f"{at}: {value} is beyond {wants}"
            case "required":
                for name in wants if isinstance(value, dict) else ():
                    if name not in value:
                        yield f"{at}: {name} is missing"
            case "properties":
                for name, one in wants.items() if isinstance(value, dict) else ():
                    if name in value:
                        yield from errors(value[name], one, root, f"{at}.{name}")
            case "additionalProperties":
                for name in value if isinstance(value, dict) else ():
                    if name not in schema.get("properties", {}):
                        yield from errors(value[name], wants, root, f"{at}.{name}")
            case "items":
                for position, one in enumerate(value if isinstance(value, list) else ()):
                    yield from errors(one, wants, root, f"{at}[{position}]")
            case "allOf":
                for one in wants:
                    yield from errors(value, one, root, at)
            case "anyOf" | "oneOf":
                found = [list(errors(value, one, root, at)) for one in wants]
                fitting = sum(not one for one in found)
                if not fitting:
                    yield from min(found, key=len)
                elif word == "oneOf" and fitting > 1:
                    yield f"{at}: fits {fitting} of which it may fit one"
            case "not":
                if not list(errors(value, wants, root, at)):
                    yield f"{at}: fits what it must not"
            case "if":
                branch = "else" if list(errors(value, wants, root, at)) else "then"
                yield from errors(value, schema.get(branch, True), root, at)
            case _ if word not in WORDS:
                raise ValueError(f"{at}: nothing is known here of {word}")
