"""What each command loads before it does anything: seconds that everybody waits, held by the names of modules."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "altair",
    "great_expectations",
    "pandas",
    "prefect",
    "pyarrow",
    "scipy",
    "sqlalchemy",
    "vl_convert",
    "statsmodels",
]
ALLOWED = {
    "flows.cli": [],
    "flows.commands.sql": [],
    "flows.commands.check": ["pyarrow"],  # it reads what lies in the raw layer
}


@pytest.mark.parametrize("module", ALLOWED)
def test_a_command_loads_only_what_it_needs(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ALLOWED[module]
