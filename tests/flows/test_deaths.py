"""A run that dies at a durable step costs one unit: the next run leaves the tables of an undisturbed one.

A sample; `legjumps benchmark operations` tries every step.
"""

from pathlib import Path

import pytest

from tests.deaths import deaths, undisturbed
from tests.small_study import make_study

pytestmark = pytest.mark.xdist_group("study")


def test_a_death_at_any_step_changes_nothing_in_the_end(tmp_path: Path) -> None:
    make_study(tmp_path / "study")
    step_count, tables = undisturbed(tmp_path / "study")
    assert step_count > 100
    assert len(tables) > 50
    # one in the middle of ingestion, one of publishing
    sample = [step_count // 6, step_count - 15]
    assert deaths(tmp_path / "study", tmp_path, sample, tables) == []
