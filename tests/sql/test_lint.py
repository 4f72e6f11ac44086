"""Every SQL file is written in the one style that pyproject.toml sets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("lint")  # one worker: the linter runs once
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "sql").rglob("*.sql"))


@pytest.fixture(scope="session")
def violations() -> dict[str, list[str]]:
    """Every violation by file; the linter runs once."""
    done = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--format", "json", "sql"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return {
        entry["filepath"]: [
            f"line {violation['start_line_no']}: {violation['description']}"
            for violation in entry["violations"]
        ]
        for entry in json.loads(done.stdout)
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file_keeps_the_style(file: Path, violations: dict[str, list[str]]) -> None:
    assert violations[file.relative_to(ROOT).as_posix()] == []
