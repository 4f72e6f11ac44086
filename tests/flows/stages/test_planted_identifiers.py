"""Thirty kinds of what identifies a person, planted in every door that takes names and free cells: none comes through."""

import csv
import io

import polars as pl
import pytest

from flows.stages.private_names import StoredIds, private_path, with_private_scorers
from tests.flows.stages.identifiers import PLANTED, found_in
from transforms.diaries import read_diaries, read_participants
from transforms.diaries.study_diaries import kinds_of_diary
from transforms.imports import names_in_store
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

KEY = b"a key of a store"
PEOPLE = pl.DataFrame([{"participant_id": "P01"}], schema=PARTICIPANT)


def delimited(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def test_there_are_thirty_kinds():
    assert len(set(PLANTED)) == 30


@pytest.mark.parametrize("mark", PLANTED)
def test_no_name_of_a_device_file_or_folder_tells_it(mark):
    as_name = mark.replace("/", "-")
    for name in (
        f"devices/P01/left_ankle {as_name}.cwa",
        f"devices/{as_name}/left_ankle.cwa",
        f"devices/P01/{as_name}.gt3x",
    ):
        kept = private_path(name, ["P01"], KEY)
        assert mark not in kept
        assert not found_in(kept.encode())
        assert kept == private_path(name, ["P01"], KEY) != private_path(name, ["P01"], b"another store")


@pytest.mark.parametrize("mark", PLANTED)
def test_no_name_of_an_export_or_diary_tells_it(mark):
    as_name = mark.replace("/", "-")
    name = f"imports/fitbit/{as_name}/sleep {as_name}.json"
    kept = names_in_store([name], ["P01"])[name]
    assert not found_in(kept.encode())


@pytest.mark.parametrize("mark", PLANTED)
def test_no_scorer_is_called_by_it(mark):
    kept = with_private_scorers(pl.DataFrame({"scorer": [mark, "r7", "emg_detector"]}), KEY)[
        "scorer"
    ].to_list()
    assert kept[1:] == ["r7", "emg_detector"]
    assert kept[0].startswith("scorer_")
    assert mark not in kept[0]


def test_no_column_header_or_cell_of_participants_tells_it():
    headers = tuple(dict.fromkeys(mark.casefold() for mark in PLANTED))
    rows = [
        ["participant_id", "sex", "birth_year", "weight_kg", *headers],
        ["P01", "f", "1986", "60", *["1"] * len(headers)],
    ]
    for place, mark in enumerate(PLANTED, start=2):
        # a number that may be a weight is one; what it was meant as nobody can see
        weight = "70" if mark.replace(".", "", 1).isdigit() else mark
        rows.append([f"P{place:02}", mark, mark, weight, *[mark] * len(headers)])
    frame, rejected = read_participants(delimited(rows), "participants.csv")
    assert frame.height == len(PLANTED) + 1
    assert not found_in((frame.write_json() + rejected.write_json()).encode())


@pytest.mark.parametrize("diary", list(kinds_of_diary(ADULT_EXPOSURES)))
def test_no_header_or_cell_of_a_diary_tells_it(diary):
    kind = kinds_of_diary(ADULT_EXPOSURES)[diary]
    headers = tuple(dict.fromkeys(mark.casefold() for mark in PLANTED))
    width = len(kind.columns) + len(headers)
    rows = [["participant_id", *kind.columns, *headers]]
    for mark in PLANTED:
        rows += [["P01", *[mark] * width], [mark] * (width + 1)]
    diaries = read_diaries({f"diary/{diary}.csv": delimited(rows)}, PEOPLE, "UTC", ADULT_EXPOSURES)
    everything = (
        "".join(frame.write_json() for frame in diaries.entries().values())
        + diaries.rejected_entry.write_json()
    )
    assert diaries.rejected_entry["line_number"].n_unique() >= len(rows) - 1
    assert not found_in(everything.encode())


@pytest.mark.parametrize("mark", PLANTED)
def test_nobody_is_called_by_an_id_that_may_be_a_name(mark, tmp_path):
    ids = StoredIds(tmp_path / "store")
    assert ids.private([mark, "P01"]).keys() == {mark}
    called = ids.of(mark)
    assert called.startswith("person_")
    assert not found_in(called.encode())
    assert ids.of(called) == called
    assert called != StoredIds(tmp_path / "another store").of(mark)
    assert StoredIds(tmp_path / "store", are_codes=True).of(mark) == mark


def test_names_cost_no_work_per_pair_of_participant_and_file() -> None:
    """Ten thousand files of five thousand people: what follows from all people is made once."""
    counted = 0

    class Id(str):
        __slots__ = ()

        def lower(self) -> str:
            nonlocal counted
            counted += 1
            return super().lower()

    ids = frozenset(Id(f"P{number:05}") for number in range(500))
    for number in range(50):
        private_path(f"devices/P{number:05}/left_ankle_{number}.cwa", ids, KEY)
    assert counted <= len(ids)
