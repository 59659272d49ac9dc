"""Conversations go to the model's server and to nobody else."""

import os
import subprocess
import sys

from tests.programs import ROOT


def test_a_tracer_that_the_environment_asks_for_is_off() -> None:
    """LangChain would send every conversation to a service of its makers, by a variable that somebody set for another program."""
    asked = dict.fromkeys(("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"), "true")
    code = "import bot.agent.loop; from langsmith.utils import tracing_is_enabled; print(tracing_is_enabled())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
