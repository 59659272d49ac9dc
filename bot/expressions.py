"""CEL, the one expression language: declare names with their types, compile, evaluate.

Names are declared whole (``principal.id``), so a typo or a wrong type is an error at load, with its column. The library *returns*
errors instead of raising them, and an expression may yield something else than was meant; both are ExpressionErrors here.
Language: https://cel.dev; library: cel-expr-python.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.errors import ExpressionError

CHAIN = re.compile(r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*")
"""A name, or names with dots between them."""


class Kind(StrEnum):
    """What a name is, or an expression must yield. DYN is anything, LIST of anything, MAP from text to anything."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST = "list"
    MAP = "map"
    DYN = "dyn"


WRITTEN = {"and": "&&", "or": "||"}
"""Words of other languages, as CEL writes them."""


class Environment:
    """The names that expressions may use. `names` may be dotted."""

    def __init__(self, names: Mapping[str, Kind]) -> None:
        from cel_expr_python import cel

        types = {
            Kind.STRING: cel.Type.STRING,
            Kind.INT: cel.Type.INT,
            Kind.DOUBLE: cel.Type.DOUBLE,
            Kind.BOOL: cel.Type.BOOL,
            Kind.TIMESTAMP: cel.Type.TIMESTAMP,
            Kind.DURATION: cel.Type.DURATION,
            Kind.LIST: cel.Type.List(cel.Type.DYN),
            Kind.MAP: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
            Kind.DYN: cel.Type.DYN,
        }
        self.names = dict(names)
        self._env: Any = cel.NewEnv(variables={name: types[kind] for name, kind in names.items()})

    def compile(self, text: str, wants: Kind = Kind.DYN) -> "Expression":
        """Raises ExpressionError with the column, and the nearest right name where one was mistyped."""
        try:
            compiled = self._env.compile(text)
        except TypeError:
            raise ExpressionError("holds a character that is no text") from None
        except RuntimeError as error:
            raise self._humane(text, str(error)) from None
        yields = compiled.return_type().name().split("<")[0].lower()
        if wants is not Kind.DYN and yields not in (wants.value, "dyn"):
            raise ExpressionError(f"yields {_article(yields)}, but {_article(wants.value)} is needed here: {text}")
        return Expression(text, compiled, wants, self._looked_at(text), self._env)

    def _looked_at(self, text: str) -> frozenset[str]:
        """The declared names that stand in the text; all that begin with a word which stands there alone."""
        chains = [re.sub(r"\s", "", chain).split(".") for chain in CHAIN.findall(text)]
        reached = {".".join(chain[:end]) for chain in chains for end in range(1, len(chain) + 1)}
        alone = {chain[0] for chain in chains if len(chain) == 1}
        return frozenset(name for name in self.names if name in reached or name.partition(".")[0] in alone)

    def _humane(self, text: str, error: str) -> ExpressionError:
        found = re.search(r"<input>:(\d+):(\d+): (.*?)(?:\n|\[INVALID|$)", error)
        line, column = (int(found.group(1)), int(found.group(2))) if found else (1, None)
        message = found.group(3).strip() if found else error.splitlines()[0]
        if unknown := re.search(r"undeclared reference to '([^']+)'", message):
            name = unknown.group(1)
            near = get_close_matches(name, self.names, 1, 0.5)
            return ExpressionError(f"unknown name {name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""), column, line)
        if wrong := re.search(r"no matching overload for '_?(.+?)_?' applied to '\((.+)\)'", message):
            operator, types = wrong.group(1).strip("_"), wrong.group(2)
            return ExpressionError(f"{operator!r} does not go with ({types})", column, line)
        if "mismatched input '<EOF>'" in message:
            return ExpressionError("it breaks off here", column, line)
        if word := re.search(r"mismatched input '(and|or)'", message):
            return ExpressionError(f"{word.group(1)!r} is written {WRITTEN[word.group(1)]!r} here", column)
        if "token recognition error at: '=" in message:
            return ExpressionError("'=' compares nothing (did you mean '=='?)", column, line)
        return ExpressionError(message.split("expecting {")[0].rstrip().rstrip(",") or message, column, line)


@dataclass(frozen=True, slots=True)
class Given:
    """Values that were made CEL's once, since that costs more than most expressions do."""

    activation: Any


class Expression:
    """A compiled expression. `text` is its source, `names` are the declared names that it may look at."""

    __slots__ = ("_compiled", "_env", "names", "text", "wants")

    def __init__(self, text: str, compiled: Any, wants: Kind, names: frozenset[str], env: Any) -> None:
        self.text = text
        self.wants = wants
        self.names = names
        self._compiled = compiled
        self._env = env

    def given(self, values: Mapping[str, Any]) -> Given:
        """These values, for this and any other expression. Raises ExpressionError for what CEL has no type for."""
        try:
            return Given(self._env.Activation(values))
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ExpressionError(_first(error)) from None

    def evaluate(self, values: Mapping[str, Any] | Given) -> Any:
        """The value, with `values` by declared name (dotted, as declared). Raises ExpressionError.

        INVARIANT: where BOOL is wanted the answer is True or False and nothing that merely looks like it.
        """
        try:
            answer = self._compiled.eval(values.activation) if isinstance(values, Given) else self._compiled.eval(data=values)
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            raise ExpressionError(f"{self.text}: {_first(error)}") from None
        plain = answer.plain_value()
        if self.wants is Kind.BOOL and isinstance(plain, bool):
            return plain
        kind = answer.type().name().split("<")[0].lower()
        if kind in ("error", "unknown"):
            raise ExpressionError(f"{self.text}: {_reason(str(plain))}")
        if self.wants is not Kind.DYN and kind != self.wants.value:
            raise ExpressionError(f"{self.text}: yielded {_article(kind)}, but {_article(self.wants.value)} is needed")
        return plain


@lru_cache(maxsize=64)
def environment(names: tuple[tuple[str, Kind], ...]) -> Environment:
    """The environment of these names; making one costs a millisecond, so they are kept."""
    return Environment(dict(names))


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _reason(error: str) -> str:
    if missing := re.search(r'Key not found in map : "?([^"]+)"?', error):
        return f"there is no {missing.group(1)!r}"
    if missing := re.search(r'No value with name "([^"]+)"', error):
        return f"{missing.group(1)!r} is not known"
    return error.split(": ", 1)[-1]


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
