"""The PostgreSQL of a replay that has no other."""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
HOLDS = """
from tests.outside.desk import server
with server() as url:
    print(url, flush=True)
    input()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_replay_however_that_ends(number: signal.Signals) -> None:
    """Also where nothing of ours runs any more that could end it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as replay:
        assert replay.stdout is not None
        url = replay.stdout.readline().strip()
        psycopg.connect(url).close()
        replay.send_signal(number)
        assert replay.wait(30) == -number

    end = time.monotonic() + 60
    with contextlib.suppress(psycopg.OperationalError):
        while time.monotonic() < end:
            psycopg.connect(url).close()
            time.sleep(0.1)
        pytest.fail("it still runs")
