"""Worked questions by number, and the planner, on the warehouse of a simulated cohort."""

import json
import re

import pytest

from flows.commands.ask import ask, worked_questions
from flows.commands.plan import plan_study
from tests.cohort_store import published_store
from transforms.errors import SettingsError


def test_every_question_is_listed_once_by_its_number():
    known = worked_questions()
    assert [one.number for one in known] == list(range(1, len(known) + 1))
    assert all(one.question.endswith("?") for one in known)
    listed = ask(published_store(), None)
    assert all(f"{one.number:3d}  {one.question}" in listed for one in known)


def test_an_answer_has_its_caveats_beside_it():
    told = ask(published_store(), 10)
    assert told.startswith("How do jerks run over the night?")
    assert "hour_number" in told and "other people, other nights" in told and "not diagnoses" in told
    rows = json.loads(ask(published_store(), 10, "json"))
    assert rows and rows[0]["analysed_h"] > 0


def test_an_unknown_number_is_told():
    with pytest.raises(SettingsError, match="no question 99"):
        ask(published_store(), 99)


def test_more_nights_want_fewer_persons():
    told = plan_study(published_store(), rate_ratio=1.2, exposure="caffeine_mg", power_frac=0.8)
    rows = [tuple(map(int, row)) for row in re.findall(r"^ +(\d+) +(\d+) +(\d+)$", told, re.M)]
    assert [row[0] for row in rows] == [2, 3, 5, 7, 10, 14, 21, 28]
    persons = [row[1] for row in rows]
    assert persons == sorted(persons, reverse=True) and persons[0] > persons[-1] >= 3
    more = plan_study(published_store(), rate_ratio=1.05, exposure="caffeine_mg", power_frac=0.8)
    assert int(re.findall(r"^ +7 +(\d+)", more, re.M)[0]) > persons[3]


@pytest.mark.parametrize(
    ("ratio", "exposure", "power", "words"),
    [
        (1.0, "caffeine_mg", 0.8, "other than 1"),
        (1.2, "coffee", 0.8, "known are"),
        (1.2, "caffeine_mg", 1.0, "between 0 and 1"),
        (1.2, "iron_mg", 0.8, "not fitted"),
    ],
)
def test_what_cannot_be_planned_says_why(ratio, exposure, power, words):
    with pytest.raises(SettingsError, match=words):
        plan_study(published_store(), rate_ratio=ratio, exposure=exposure, power_frac=power)
