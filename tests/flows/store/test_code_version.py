"""A result is done again when the code or a parameter that made it changes, and not otherwise."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from flows.stages.agreement import compare_study
from flows.stages.detect import find_one, score_one, summarise_one
from flows.stages.diaries import _datasets
from flows.stages.ingest import read_recording
from flows.stages.polysomnography import read_one
from flows.stages.psg_scores import score_study
from flows.store import code_version
from flows.store.code_version import GROUPS, groups_read_by, made_by
from transforms.parameters import DEFAULT, StudyParameters

READ = {
    read_recording: {"reading"},
    summarise_one: {"calibration", "epochs", "wear", "exposures"},
    find_one: {"nights", "detection"},
    score_one: {
        "inactivity",
        "sleep_period",
        "wakefulness",
        "nights",
        "detection",
        "clocks",
        "kinds",
        "exposures",
        "restlessness",
        "wasm",
        "aasm",
    },
    read_one: {"emg", "hypnogram"},
    score_study: {"wasm", "aasm", "imi_classes", "cohort", "nights"},
    compare_study: {"agreement"},
    _datasets: {"exposures"},
}
"""What each stage computes with, told by hand; the warehouse holds all of them."""


def other(group: Any) -> Any:
    """The same group with one number changed."""
    for entry in fields(group):
        value = getattr(group, entry.name)
        if is_dataclass(value):
            return replace(group, **{entry.name: other(value)})
        if isinstance(value, float | int) and not isinstance(value, bool):
            return replace(group, **{entry.name: value + 1})
    raise AssertionError(group)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_a_changed_group_redoes_exactly_the_stages_that_read_it(group: str) -> None:
    changed = replace(DEFAULT, **{group: other(getattr(DEFAULT, group))})
    redone = {stage for stage in READ if made_by(stage, DEFAULT) != made_by(stage, changed)}
    assert redone == {stage for stage, groups in READ.items() if group in groups}


class Watched:
    """Parameters that write down which of their groups are asked for."""

    def __init__(self, parameters: StudyParameters) -> None:
        self._parameters = parameters
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._parameters, name)


def test_the_pipeline_asks_for_no_group_that_its_stage_does_not_name() -> None:
    from transforms.pipeline import Wearer, score
    from transforms.schema import SLEEP_DIARY, empty

    watched = Watched(DEFAULT)
    wearer = Wearer(participant_id="P1", time_zone="UTC", recordings=(), diary=empty(SLEEP_DIARY))
    score(wearer, [], watched)  # type: ignore[arg-type]
    assert watched.asked
    assert watched.asked <= groups_read_by(score_one)


MODULES = {
    "flows/__init__.py": "",
    "transforms/__init__.py": "",
    "flows/stage.py": (
        "from transforms.near import near\nfrom transforms import words\nNAMES = {'a': words.FIRST}\n\n"
        "def work(x):\n    return near(x) + len(NAMES)\n\ndef other():\n    return 0\n"
    ),
    "transforms/near.py": "from transforms.far import far, Box\n\ndef near(x: int) -> int:\n    '''Say.'''\n    return far(Box(x).twice())\n",
    "transforms/far.py": (
        "LIMIT = 3\n\ndef far(x):\n    return x + LIMIT\n\ndef unused():\n    return 1\n\n"
        "class Box:\n    def __init__(self, x):\n        self.x = x\n"
        "    def twice(self):\n        return 2 * self.x\n    def thrice(self):\n        return 3 * self.x\n"
    ),
    "transforms/words.py": "FIRST = 'table.csv'\nSECOND = 2\n",
    "transforms/table.csv": "a,b\n",
}


def hash_of(root: Path, changes: dict[str, tuple[str, str]]) -> str:
    for name, text in MODULES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        old, new = changes.get(name, ("", ""))
        assert old in text
        file.write_text(text.replace(old, new) if old else text)
    for cached in (code_version._closure, code_version._sources, code_version._hash_of_files):
        cached.cache_clear()
    return code_version._closure("flows.stage", "work", root).code


@pytest.mark.parametrize(
    ("file", "old", "new", "is_seen"),
    [
        ("transforms/far.py", "x + LIMIT", "x - LIMIT", True),
        ("transforms/far.py", "LIMIT = 3", "LIMIT = 4", True),
        ("transforms/far.py", "2 * self.x", "4 * self.x", True),
        ("transforms/far.py", "3 * self.x", "5 * self.x", False),
        ("transforms/far.py", "return 1", "return 2", False),
        ("transforms/near.py", "Say.", "Say it better.", False),
        ("transforms/near.py", "x: int", "x: float", False),
        ("transforms/words.py", "SECOND = 2", "SECOND = 3", False),
        ("transforms/table.csv", "a,b", "a,c", True),
        ("flows/stage.py", "len(NAMES)", "len(NAMES) + 1", True),
        ("flows/stage.py", "return 0", "return 1", False),
    ],
)
def test_a_change_is_seen_wherever_the_work_runs_through_it(
    tmp_path: Path, file: str, old: str, new: str, is_seen: bool
) -> None:
    before = hash_of(tmp_path / "before", {})
    after = hash_of(tmp_path / "after", {file: (old, new)})
    assert (before != after) == is_seen
    for cached in (code_version._closure, code_version._sources, code_version._hash_of_files):
        cached.cache_clear()


def test_what_is_remembered_of_the_sources_is_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_version, "REMEMBERED", tmp_path / "closures.json")
    code_version._remembered.cache_clear()
    asked = [made_by(stage, DEFAULT) for stage in READ]
    code_version._remembered.cache_clear()
    monkeypatch.setattr(code_version, "_closure", None)  # nothing is taken apart again
    assert [made_by(stage, DEFAULT) for stage in READ] == asked


@pytest.mark.parametrize("content", ["", "[]", '{"sources": "others", "closures": {}}', '{"closures": 3}'])
def test_what_is_remembered_of_other_sources_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    remembered = tmp_path / "closures.json"
    remembered.write_text(content.replace("{}", '{"flows.stages.detect:find_one": ["x", []]}'))
    monkeypatch.setattr(code_version, "REMEMBERED", remembered)
    code_version._remembered.cache_clear()
    closure = code_version._closure("flows.stages.detect", "find_one", code_version.ROOT)
    assert code_version.code_of(find_one) == closure.code
    code_version._remembered.cache_clear()


@pytest.mark.parametrize("stage", READ, ids=lambda stage: stage.__qualname__)
def test_every_stage_reaches_beyond_its_own_module(stage: Callable[..., Any]) -> None:
    reached = {
        module
        for module, _ in code_version._closure(
            stage.__module__, stage.__qualname__, code_version.ROOT
        ).symbols
    }
    assert len([module for module in reached if module.startswith("transforms.")]) > 5
