"""Who has withdrawn is nobody's key in the record of releases; what they brought to sums that left still counts as gone."""

from pathlib import Path

import polars as pl
import pytest

from flows.commands.left_behind import require_nothing_left
from flows.release.history import FOLDER, forget_person
from flows.store.secret import store_secret
from transforms.disclosure.history import changed_people
from transforms.disclosure.noise import record_keys
from transforms.errors import ContractError

PEOPLE = ["P1", "P2", "LEAVER01"]


def contributions_of(store: Path) -> pl.DataFrame:
    from transforms.disclosure.contributors import MEASURES

    keys = record_keys(PEOPLE, store_secret(store))
    frame = pl.DataFrame(
        {
            "grouping_name": "all",
            "level": "all",
            "person_key": keys,
            **{name: [1.0, 2.0, 3.0] for name in MEASURES},
        }
    )
    return frame.sort("person_key")


def test_a_person_who_withdraws_is_in_no_record_of_a_release(tmp_path: Path) -> None:
    contributions = contributions_of(tmp_path)
    files = [tmp_path / FOLDER / release / "contributions.parquet" for release in ("r1", "r2")]
    for file in files:
        file.parent.mkdir(parents=True)
        contributions.write_parquet(file)
    with pytest.raises(ContractError, match=r"2 places .*contributions"):  # the search looks into keys
        require_nothing_left(tmp_path, ["LEAVER01"])
    (key,) = record_keys(["LEAVER01"], store_secret(tmp_path))
    forget_person(tmp_path, int(key))
    assert require_nothing_left(tmp_path, ["LEAVER01"]) == 2
    forgotten = [pl.read_parquet(file) for file in files]
    strangers = [set(frame["person_key"]) - set(contributions["person_key"]) for frame in forgotten]
    assert [len(one) for one in strangers] == [1, 1] and strangers[0] != strangers[1]
    # the next release is made without them: one person has left, and so little is not told
    now = contributions.filter(pl.col("person_key") != pl.lit(key, pl.UInt64))
    for before in (contributions, *forgotten):
        assert changed_people(now, before)["changed_count"].to_list() == [1]
