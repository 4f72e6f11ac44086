"""A run that dies at a durable step costs one unit: the next run leaves the tables of an undisturbed one.

A sample; `legjumps benchmark operations` tries every step.
"""

import json
import multiprocessing
from pathlib import Path

import pytest

from tests.deaths import EARLY_DEATHS, tell_deaths
from tests.small_study import make_study

pytestmark = pytest.mark.xdist_group("study")


def test_a_death_at_any_step_changes_nothing_in_the_end(tmp_path: Path) -> None:
    make_study(tmp_path / "study")
    told = tmp_path / "told.json"
    # in a process of its own: what tells of durable steps cannot be taken away again
    child = multiprocessing.get_context("spawn").Process(
        target=tell_deaths, args=(tmp_path / "study", tmp_path / "stores", told)
    )
    child.start()
    child.join()
    assert child.exitcode == 0
    found = json.loads(told.read_text())
    assert found["faults"] == []
    assert found["steps"] > 300 and found["deaths"] > EARLY_DEATHS
