"""What each command loads before it does anything: seconds that everybody waits, held by the names of modules."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "altair",
    "edfio",
    "great_expectations",
    "pandas",
    "prefect",
    "pyarrow",
    "rich",
    "scipy",
    "sqlalchemy",
    "vl_convert",
    "statsmodels",
    "transforms.imports",
]
ALLOWED = {
    "flows.cli": [],
    "flows.settings": [],
    "flows.commands.sql": [],
    # it reads what lies in the raw layer, and all exports
    "flows.commands.check": ["pyarrow", "rich", "transforms.imports"],
    # what is new is known before anything of Prefect, of the judge or of a filter is loaded; scipy loads its parts when asked
    "flows.study": ["pyarrow", "scipy", "transforms.imports"],
}


@pytest.mark.parametrize("module", ALLOWED)
def test_a_command_loads_only_what_it_needs(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ALLOWED[module]
