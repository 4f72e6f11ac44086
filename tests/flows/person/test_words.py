"""What ``legjumps explain`` tells of one person agrees with the warehouse."""

import re
import time
from datetime import UTC, datetime

import duckdb
import pytest

from flows.person.words import explain_participant, night_lines, night_rows
from flows.settings import StudySettings
from flows.warehouse.published import open_warehouse
from tests.cohort_store import PERSON, published_store, published_warehouse
from transforms.errors import SettingsError
from transforms.parameters import DEFAULT


@pytest.fixture
def settings(tmp_path):
    return StudySettings(
        folder=tmp_path,
        store=published_store(),
        study_id="test",
        time_zone="UTC",
        parameters=DEFAULT,
        worker_count=1,
    )


def asked(query):
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        return connection.execute(query, [PERSON]).fetchall()


def test_every_night_is_in_or_out(settings):
    told = re.findall(r"^night of (\S+): (in|out)", explain_participant(settings, PERSON), flags=re.MULTILINE)
    known = asked("select night_date, is_in from inclusion where participant_id = ? order by 1")
    assert told == [(str(day), "in" if is_in else "out") for day, is_in in known]


def test_ratios_within_the_person_stand_beside_those_drawn_to_the_cohort(settings):
    text = explain_participant(settings, PERSON)
    known = asked(
        "select exposure, rate_ratio, own_rate_ratio from person_association where participant_id = ? order by 1"
    )
    told = re.findall(r"^  (\w+), for .*: rate times ([\d.]+) .* alone ([\d.]+) ", text, flags=re.MULTILINE)
    assert told == [(name, f"{ratio:.2f}", f"{own:.2f}") for name, ratio, own in known] != []
    assert "exploratory and no advice" in text


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def test_times_are_utc_whatever_zone_the_machine_is_in(settings, monkeypatch, zone):
    begun = "select distinct epoch(started_at) from recording where participant_id = ?"
    wanted = {f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}" for (seconds,) in asked(begun)}
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        text = explain_participant(settings, PERSON)
    finally:
        monkeypatch.undo()
        time.tzset()
    told = re.findall(r" Hz, (\S+ \S+) to \S+ \S+ UTC", text)
    assert set(told) == wanted != set()


def test_an_unknown_person_is_told_who_is_known(settings):
    with pytest.raises(SettingsError, match=r"no participant 'nobody'; there are 40: P000000"):
        explain_participant(settings, "nobody")


@pytest.mark.parametrize(
    ("rate", "source", "words"),
    [
        (3.25, "acceleration", "aPLM 3.2 per hour of sleep"),
        (None, "acceleration", "aPLM not known"),
        (3.25, "electromyogram", "PLM of the electromyogram 3.2 per hour of sleep"),
    ],
)
def test_an_index_that_is_not_known_is_not_zero(settings, rate, source, words):
    with open_warehouse(settings.store) as connection:
        row = next(row for row in night_rows(connection, PERSON) if row["is_in"])
    told = night_lines(row | {"aplm_wasm_per_h": rate, "movement_source": source})
    assert any(line.endswith(f"; {words}") for line in told)
