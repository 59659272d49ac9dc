"""The JSON Schema of a scenario, for editors: `python -m tests.evaluation.schema` writes `tests/scenarios/schema.json`."""

import json
from pathlib import Path

from tests.evaluation.scenario import FOLDER, Scenario

FILE = FOLDER / "schema.json"


def made() -> str:
    """What the file must be. The name is left out: it is the file's."""
    whole = Scenario.model_json_schema(by_alias=True)
    del whole["properties"]["name"]
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}, indent=1, ensure_ascii=False) + "\n"


def write(file: Path = FILE) -> None:
    file.write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    write()
