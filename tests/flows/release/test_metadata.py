"""What a release says of itself to machines, read by the packages of those formats; every column is in the dictionary."""

import csv
import json
import shutil
import warnings

import polars as pl
import pytest
import yaml

from flows.release.export import export_release
from flows.warehouse.published import warehouse_path
from tests.cohort_store import published_warehouse
from transforms.parameters import DEFAULT

STUDY = 'a <study> & "more": x'


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    shutil.copyfile(published_warehouse(), warehouse_path(folder))
    return export_release(folder, study_id=STUDY, parameters=DEFAULT)


@pytest.fixture(scope="module")
def tables(released):
    """Names of the tables that left, by their CSV files."""
    return sorted(path.stem for path in released.glob("*.csv") if path.stem != "data_dictionary")


def test_every_exported_column_is_in_the_dictionary(released, tables):
    known = set(
        pl.read_csv(released / "data_dictionary.csv")
        .filter(pl.col("description").is_not_null())
        .select("table_name", "column_name")
        .iter_rows()
    )
    for name in tables:
        with (released / f"{name}.csv").open() as stream:
            header = next(csv.reader(stream))
        parquet = pl.read_parquet_schema(released / f"{name}.parquet")
        assert list(parquet) == header
        assert {(name, column) for column in header} <= known


def test_the_workbook_holds_each_table_and_the_meaning_of_each_column(released, tables):
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(released / "cohort_summary.xlsx")
    assert {*book.sheet_names} == {*tables, "data_dictionary"}
    rows = book.get_sheet_by_name("data_dictionary").to_python()
    explained = {tuple(row[:2]) for row in rows[1:]}
    for name in tables:
        header = book.get_sheet_by_name(name).to_python()[0]
        assert {(name, column) for column in header} <= explained


def test_limits_stand_beside_every_level_word(released):
    for name, key in (("cohort_summary", "grouping_name"), ("dose_response", "exposure")):
        frame = pl.read_parquet(released / f"{name}.parquet")
        exposures = pl.read_parquet(released / "exposure_level.parquet")["exposure"].unique().to_list()
        words = frame.filter(pl.col(key).is_in(exposures), pl.col("level") != "not known")
        assert words.height and words["limits"].null_count() == 0
    caffeine = frame.filter(exposure="caffeine_mg")
    assert dict(caffeine.select("level", "limits").iter_rows())["low"] == "> 0 to <= 100 mg"


def test_the_course_of_the_night_leaves_hour_by_hour(released):
    course = pl.read_parquet(released / "night_course.parquet")
    assert course["hour_number"].to_list() == list(range(course.height))
    told = course.filter(~pl.col("is_suppressed"))
    assert told.height >= 6 and told["participant_count"].min() >= 10
    assert course.filter("is_suppressed")["jerk_count"].null_count() == course["is_suppressed"].sum() > 0


def test_frictionless_finds_the_package_valid_and_reads_it(released, tables):
    import frictionless

    # the package's own path must be a relative one, for safety
    package = frictionless.Package("datapackage.json", basepath=str(released))
    report = package.validate()
    assert report.valid, report.flatten(["type", "note"])
    assert sorted(resource.name.replace("-", "_") for resource in package.resources) == tables
    rows = package.get_resource("cohort-summary").read_rows()
    assert len(rows) == pl.read_parquet(released / "cohort_summary.parquet").height


def test_a_changed_file_no_longer_fits_its_package(released, tmp_path):
    import frictionless

    shutil.copytree(released, tmp_path / "copy")
    with (tmp_path / "copy" / "association.csv").open("a") as stream:
        stream.write("x\n")
    assert not frictionless.Package("datapackage.json", basepath=str(tmp_path / "copy")).validate().valid


def test_rocrate_reads_every_file_of_the_crate(released):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(released))
    assert crate.root_dataset["identifier"] == released.name
    parts = {entity.id for entity in crate.root_dataset["hasPart"]}
    assert parts == {path.name for path in released.iterdir()} - {"manifest.json", "ro-crate-metadata.json"}
    assert all(entity.type == "File" and entity["sha256"] for entity in crate.root_dataset["hasPart"])
    assert crate.root_dataset["license"]["description"]


def test_mlcroissant_finds_no_error_and_reads_the_records(released, tables):
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = mlcroissant.Dataset(str(released / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert sorted(record.name for record in dataset.metadata.record_sets) == tables
    rows = list(dataset.records("cohort_summary"))
    frame = pl.read_parquet(released / "cohort_summary.parquet")
    assert len(rows) == frame.height
    told = [row["cohort_summary/jerk_rate_per_h"] for row in rows]
    assert [value for value in told if value is not None] == pytest.approx(
        frame["jerk_rate_per_h"].drop_nulls().to_list()
    )


def test_the_citation_says_what_the_format_asks_for(released):
    citation = yaml.safe_load((released / "CITATION.cff").read_text())
    # the keys that Citation File Format 1.2.0 requires
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "dataset"
    assert STUDY in citation["title"] and citation["version"] == released.name
    assert citation["authors"] == [{"name": f"Those who keep study {STUDY}"}]


def test_the_limit_that_no_study_can_go_below_is_told(released):
    manifest = json.loads((released / "manifest.json").read_text())
    assert manifest["lowest_minimum_participant_count"] == 5
    assert "never below 5" in manifest["disclosure_control"]
