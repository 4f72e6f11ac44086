"""Thirty kinds of what identifies a person, planted in every door that takes names and free cells: none comes through."""

import polars as pl
import pytest

from flows.stages.private_names import private_ids, private_path, with_private_scorers
from transforms.diaries import read_diaries, read_participants
from transforms.diaries.study_diaries import kinds_of_diary
from transforms.imports import names_in_store
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

PLANTED = (
    "Okonkwo", "okonkwo", "Okonkwo, Adaeze", "Adaeze Okonkwo", "A. Okonkwo", "okonkwo.adaeze", "Okonkwo-Reyes", "Frau Okonkwo",
    "adaeze@example.org", "adaeze.okonkwo@clinic.example", "203.0.113.77", "2001:db8::77", "+49 30 901824711", "030-901824711",
    "0309018247", "1986-01-29", "29.01.1986", "01/29/1986", "29.1.86", "19860129", "29011986", "third of March 1986",
    "-53.162461 -70.907911", "53.162461", "Lindenallee 7", "12 Acacia Avenue", "MRN 48151623", "48151623", "DE89370400440532013000",
    "she told my landlady",
)  # fmt: skip
KEY = b"a key of a store"
PEOPLE = pl.DataFrame([{"participant_id": "P01"}], schema=PARTICIPANT)


def telling(mark: str) -> list[str]:
    """Parts of a mark that would identify on their own: words of letters, and runs of five figures and more."""
    import re

    return [
        part
        for part in re.findall(r"[A-Za-z]{6,}|\d{5,}", mark)
        if part.lower() not in {"avenue", "acacia", "example"}
    ] or [mark]


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
        assert not [part for part in telling(as_name) if part.lower() in kept.lower()]
        assert kept == private_path(name, ["P01"], KEY) != private_path(name, ["P01"], b"another store")


@pytest.mark.parametrize("mark", PLANTED)
def test_no_name_of_an_export_or_diary_tells_it(mark):
    as_name = mark.replace("/", "-")
    name = f"imports/fitbit/{as_name}/sleep {as_name}.json"
    kept = names_in_store([name], ["P01"])[name]
    assert not [part for part in telling(as_name) if part.lower() in kept.lower()]


@pytest.mark.parametrize("mark", PLANTED)
def test_no_scorer_is_called_by_it(mark):
    kept = with_private_scorers(pl.DataFrame({"scorer": [mark, "r7", "emg_detector"]}), KEY)[
        "scorer"
    ].to_list()
    assert kept[1:] == ["r7", "emg_detector"]
    assert kept[0].startswith("scorer_")
    assert mark not in kept[0]


@pytest.mark.parametrize("mark", PLANTED)
def test_no_column_header_or_cell_of_participants_tells_it(mark):
    # a number that may be a weight is one; what it was meant as nobody can see
    weight = "70" if mark.replace(".", "", 1).isdigit() else mark
    rows = f'participant_id,sex,birth_year,weight_kg,notes,"{mark}"\nP01,f,1986,60,"{mark}",1\nP02,"{mark}","{mark}","{weight}","{mark}","{mark}"\n'
    frame, rejected = read_participants(rows.encode(), "participants.csv")
    everything = (frame.write_json() + rejected.write_json()).lower()
    assert not [part for part in telling(mark) if part.lower() in everything]


@pytest.mark.parametrize("mark", PLANTED)
@pytest.mark.parametrize("diary", list(kinds_of_diary(ADULT_EXPOSURES)))
def test_no_header_or_cell_of_a_diary_tells_it(diary, mark):
    kind = kinds_of_diary(ADULT_EXPOSURES)[diary]
    header = ",".join(("participant_id", *kind.columns, f'"{mark}"'))
    row = ",".join(["P01", *[f'"{mark}"'] * (len(kind.columns) + 1)])
    stranger = ",".join([f'"{mark}"'] * (len(kind.columns) + 2))
    content = f"{header}\n{row}\n{stranger}\n".encode()
    diaries = read_diaries({f"diary/{diary}.csv": content}, PEOPLE, "UTC", ADULT_EXPOSURES)
    everything = (
        "".join(frame.write_json() for frame in diaries.entries().values())
        + diaries.rejected_entry.write_json()
    )
    assert not [part for part in telling(mark) if part.lower() in everything.lower()]


@pytest.mark.parametrize("mark", PLANTED)
def test_nobody_is_called_by_a_folder_that_no_list_vouches_for(mark):
    """With a list, whatever is not in it and has no figure, or names a person for sure, becomes a pseudonym."""
    kept = private_ids([mark, "P01", "P77"], PEOPLE, KEY)
    assert kept.keys() <= {mark}
    if not any(character.isdigit() for character in mark) or "@" in mark or "." in mark:
        assert kept[mark].startswith("person_")
        assert kept != private_ids([mark], PEOPLE, b"another store")
    # a study without a list calls people as its folders do, but for what can be nothing else than a name
    assert private_ids(["anna", "P77"], PEOPLE.clear(), KEY) == {}


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
