"""The worked example: which files it wants, what it says without them, and, where they are, the answer."""

import re
import shutil
from types import SimpleNamespace

import polars as pl
import pytest

from flows.commands.nhanes import CYCLES, NEEDED, missing_files, passed_over, run_nhanes, survey_files
from flows.summary import print_nhanes
from tests.cohort_store import published_store


def test_files_are_known_by_their_names(tmp_path):
    for name in (
        "SLQ_D.xpt",
        "slq_e.csv.xz",
        "DEMO_D.XPT",
        "SLQ_F.xpt",
        "notes.txt",
        "SLQ_D.csv",
        "RXQ_RX_E.csv.gz",
    ):
        (tmp_path / name).touch()
    found = survey_files(tmp_path)
    assert {key: path.name for key, path in found.items()} == {
        ("SLQ", "D"): "SLQ_D.csv",  # one of two forms of the same table
        ("SLQ", "E"): "slq_e.csv.xz",
        ("DEMO", "D"): "DEMO_D.XPT",
        ("RXQ_RX", "E"): "RXQ_RX_E.csv.gz",
    }
    assert missing_files(found) == ["DR1TOT_D", "DEMO_E", "DR1TOT_E"]
    assert passed_over(tmp_path, found) == ["SLQ_D.xpt"]


@pytest.mark.parametrize("exists", [True, False])
def test_without_the_files_it_says_so_and_makes_nothing(tmp_path, capsys, exists):
    folder = tmp_path / "files"
    if exists:
        folder.mkdir()
    run_nhanes(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    told = capsys.readouterr().err
    assert "skipped" in told and "DEMO_D, SLQ_D, DR1TOT_D" in told


def test_another_folder_is_what_is_read_the_next_time(tmp_path, monkeypatch):
    """Links of an earlier folder, of one that is gone, and of the same table in another form do not stay."""
    read = []

    def note(_mode, settings, _server):
        read.append(
            {
                path.name: path.resolve().parent.name
                for path in (settings.folder / "imports" / "nhanes").iterdir()
            }
        )

    monkeypatch.setattr("flows.study.run", note)
    monkeypatch.setattr("flows.summary.print_nhanes", lambda _report: None)
    tables = [f"{table}_{letter}" for table in NEEDED for letter in CYCLES]
    for folder, ending in (("first", "csv"), ("second", "csv"), ("third", "xpt")):
        (tmp_path / folder).mkdir()
        for name in tables:
            (tmp_path / folder / f"{name}.{ending}").touch()
        run_nhanes(tmp_path / folder, tmp_path / "out")
        assert read[-1] == {f"{name}.{ending}": folder for name in tables}
        shutil.rmtree(tmp_path / folder)


def test_what_was_not_read_and_who_answered_is_printed(capsys):
    told = {"file_name": "imports/nhanes/SLQ_E.xpt", "line_number": None, "column_name": None, "value": None}
    report = SimpleNamespace(
        settings=SimpleNamespace(store=published_store()),
        rejected_entries=pl.DataFrame([told | {"reason": "it was cut"}] * 30),
        warehouse=None,
        release=None,
    )
    print_nhanes(report)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  imports/nhanes/SLQ_E.xpt: it was cut"
    assert lines[21] == "  ... all in table rejected_entry"
    assert re.fullmatch(
        r"respondents of 2005-2006: (\d+), of whom \1 answered; \1 with a weight and a stratum", lines[22]
    )
    assert any("caffeine_mg" in line for line in lines)
