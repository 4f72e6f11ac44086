"""The study in the dialects of its field: each read back by somebody else's reader, schema or definition of the tables."""

import csv
import json
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import jsonschema
import polars as pl
import pytest

from flows.release.dialects.motion_bids import unique_labels
from flows.release.dialects.nsrr import DOMAINS, VARIABLES
from flows.release.dialects.write import DIALECTS, export_dialects
from flows.warehouse.published import warehouse_path
from tests.cohort_store import published_warehouse


@pytest.fixture(scope="module")
def warehouse():
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    shutil.copyfile(published_warehouse(), warehouse_path(store))
    return export_dialects(store)


def rows_of(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def test_every_dialect_has_its_folder_and_nothing_half_is_left(exported):
    assert {path.name for path in exported.iterdir()} == set(DIALECTS)


def test_a_night_of_ggir_reads_as_the_same_instants(exported, warehouse):
    nights = {
        (row["participant_id"], str(row["night_date"])): row
        for row in warehouse.sql("from night").pl().iter_rows(named=True)
    }
    cleaned = rows_of(exported / "ggir" / "part4_nightsummary_sleep_cleaned.csv")
    full = rows_of(exported / "ggir" / "QC" / "part4_nightsummary_sleep_full.csv")
    assert len(full) == len(nights) >= len(cleaned) > 0
    for row in full:
        night = nights[row["ID"], row["calendar_date"]]
        for hours, stamp, ours in (
            ("sleeponset", "sleeponset_ts", "sleep_onset_at"),
            ("wakeup", "wakeup_ts", "sleep_end_at"),
        ):
            if not row[hours]:
                assert night[ours] is None
                continue
            midnight = datetime.fromisoformat(row["calendar_date"])
            wall = midnight + timedelta(hours=float(row[hours]))
            local = night[ours].astimezone(ZoneInfo(night["time_zone"])).replace(tzinfo=None)
            assert abs((wall - local).total_seconds()) < 0.5
            assert row[stamp] == f"{local:%H:%M:%S}"
    eligible = {key for key, row in nights.items() if row["is_eligible"]}
    assert {(row["ID"], row["calendar_date"]) for row in cleaned} == eligible
    assert {row["cleaningcode"] for row in cleaned} <= {"0", "1"}


def test_a_person_of_ggir_weighs_weekdays_five_to_two(exported):
    nights = pl.read_csv(exported / "ggir" / "part4_nightsummary_sleep_cleaned.csv")
    people = pl.read_csv(exported / "ggir" / "part4_summary_sleep_cleaned.csv")
    is_weekend = pl.col("weekday").is_in(["Friday", "Saturday"])
    for row in people.iter_rows(named=True):
        own = nights.filter(pl.col("ID") == row["ID"])
        week, weekend = (own.filter(part)["jerk_rate_per_h"].mean() for part in (~is_weekend, is_weekend))
        assert row["n_nights_acc"] == own.height
        assert row["jerk_rate_per_h_AD_mn"] == pytest.approx(own["jerk_rate_per_h"].mean(), abs=1e-4)
        if week is not None and weekend is not None:
            assert row["jerk_rate_per_h_wei"] == pytest.approx((5 * week + 2 * weekend) / 7, abs=1e-3)


def test_the_dictionary_of_nsrr_explains_every_column_and_every_value_fits_it(exported):
    folder = exported / "nsrr"
    variables, domains = rows_of(folder / "variables.csv"), rows_of(folder / "domains.csv")
    assert list(variables[0]) == list(VARIABLES) and list(domains[0]) == list(DOMAINS)
    nights = rows_of(folder / "legjumps-nights.csv")
    assert list(nights[0]) == [row["id"] for row in variables] and nights
    allowed = {row["domain_id"]: set() for row in domains}
    for row in domains:
        allowed[row["domain_id"]].add(row["value"])
    read = {
        "integer": int,
        "numeric": float,
        "date": date.fromisoformat,
        "string": str,
        "identifier": str,
    }
    for variable in variables:
        assert variable["description"] and variable["type"] in {*read, "choices"}
        values = {night[variable["id"]] for night in nights} - {""}
        if variable["type"] == "choices":
            assert values <= allowed[variable["domain"]]
        else:
            for value in values:  # raises ValueError where it is not what the dictionary says
                read[variable["type"]](value)


def test_the_bids_validator_finds_no_error(exported):
    folder = exported / "motion_bids"
    validator = Path(sys.executable).parent / "bids-validator-deno"
    done = subprocess.run(
        [str(validator), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert {issue["code"] for issue in issues} <= {"SIDECAR_KEY_RECOMMENDED", "TOO_FEW_AUTHORS"}


def test_the_bids_validator_would_find_an_error(exported, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(exported / "motion_bids", folder)
    (next(folder.glob("sub-*/ses-*/motion/*_events.tsv"))).write_text("what\tnot\n1\t2\n")
    validator = Path(sys.executable).parent / "bids-validator-deno"
    done = subprocess.run(
        [str(validator), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"]


def test_events_of_bids_are_the_movements_in_bed(exported, warehouse):
    folder = exported / "motion_bids"
    people = rows_of(folder / "participants.tsv", "\t")
    ours = dict(
        warehouse.sql(
            "select participant_id, count(*) from movement inner join night using (participant_id, night_date) "
            "where is_in_bed and night.lights_off_at is not null group by all"
        ).fetchall()
    )
    for person in people:
        files = folder.glob(f"{person['participant_id']}/ses-*/motion/*_events.tsv")
        events = [row for file in files for row in rows_of(file, "\t")]
        assert len(events) == ours.get(person["source_participant_id"], 0)
    assert sum(ours.values()) > 0


def test_labels_of_bids_are_unique_letters_and_digits():
    labels = unique_labels(["P-1", "P1", "p_1", "né", "--"])
    assert all(label.isascii() and label.isalnum() for label in labels.values())
    assert len({label.lower() for label in labels.values()}) == 5


# Columns that OMOP CDM 5.4 requires, of the tables that are written (ohdsi.github.io/CommonDataModel/cdm54.html)
REQUIRED = {
    "person": ("person_id", "gender_concept_id", "year_of_birth", "race_concept_id", "ethnicity_concept_id"),
    "observation_period": (
        *("observation_period_id", "person_id", "observation_period_start_date"),
        *("observation_period_end_date", "period_type_concept_id"),
    ),
    "device_exposure": (
        *("device_exposure_id", "person_id", "device_concept_id", "device_exposure_start_date"),
        "device_type_concept_id",
    ),
    "measurement": (
        *("measurement_id", "person_id", "measurement_concept_id", "measurement_date"),
        "measurement_type_concept_id",
    ),
    "observation": (
        *("observation_id", "person_id", "observation_concept_id", "observation_date"),
        "observation_type_concept_id",
    ),
}
COLUMN_COUNT = {
    "person": 18,
    "observation_period": 5,
    "device_exposure": 19,
    "measurement": 23,
    "observation": 21,
}


def omop_type(column):
    if column.endswith("_datetime"):
        return "timestamp"
    if column.endswith("_date"):
        return "date"
    is_number = column in {"value_as_number", "range_low", "range_high"}
    is_id = column.endswith(("_id", "_id_1", "of_birth")) and column not in {
        "unique_device_id",
        "production_id",
    }
    return "decimal(18, 3)" if is_number else "integer" if is_id or column == "quantity" else "varchar(50)"


@pytest.mark.parametrize("table", REQUIRED)
def test_rows_of_omop_go_into_tables_with_its_constraints(exported, warehouse, table):
    file = exported / "omop" / f"{table}.csv"
    header = next(csv.reader(file.open()))
    assert len(header) == COLUMN_COUNT[table] and set(REQUIRED[table]) <= set(header)
    with duckdb.connect() as connection:
        declared = ", ".join(
            f"{name} {omop_type(name)}{' not null' if name in REQUIRED[table] else ''}" for name in header
        )
        connection.execute(f"create table {table} ({declared}, primary key ({header[0]}))")
        connection.execute(f"copy {table} from '{file}' (header true, nullstr '')")
        ((count,),) = connection.sql(f"select count(*) from {table}").fetchall()
        concepts = [name for name in header if name.endswith("_concept_id")]
        for name in concepts:  # none is made up
            assert connection.sql(f"select distinct {name} from {table}").fetchall() in ([(0,)], [(None,)])
        longest = connection.sql(
            "select max(greatest("
            + ", ".join(f"length(coalesce({name}::varchar, ''))" for name in header)
            + f")) from {table}"
        ).fetchall()
        assert count > 0 and longest[0][0] <= 50


def test_rates_of_omop_are_those_of_the_warehouse(exported, warehouse):
    people = {
        row["person_id"]: row["person_source_value"] for row in rows_of(exported / "omop" / "person.csv")
    }
    ours = {
        (person, str(night), name): value
        for name in ("jerk_rate_per_h", "aplm_wasm_per_h")
        for person, night, value in warehouse.sql(
            f"select participant_id, night_date, {name} from night_rate where {name} is not null"
        ).fetchall()
    }
    told = {
        (people[row["person_id"]], row["measurement_date"], row["measurement_source_value"]): row
        for row in rows_of(exported / "omop" / "measurement.csv")
    }
    compared = {key: value for key, value in ours.items() if key[0] in set(people.values())}
    assert compared and {key: float(told[key]["value_as_number"]) for key in compared} == pytest.approx(
        compared, abs=6e-4
    )
    assert {told[key]["unit_source_value"] for key in compared} == {"1/h"}


INSTANT = {"type": "string", "format": "date-time"}
DURATION = {
    "type": "object",
    "required": ["unit", "value"],
    "properties": {
        "unit": {"enum": ["ps", "ns", "us", "ms", "sec", "min", "h", "d", "wk", "Mo", "yr"]},
        "value": {"type": "number", "minimum": 0},
    },
}
# Restated from IEEE 1752.1-2021: header-1.0 and sleep-episode-1.0
DATA_POINT = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["header", "body"],
    "properties": {
        "header": {
            "type": "object",
            "required": ["uuid", "schema_id", "source_creation_date_time", "modality"],
            "properties": {
                "uuid": {"type": "string", "format": "uuid"},
                "schema_id": {
                    "type": "object",
                    "required": ["namespace", "name", "version"],
                    "properties": {
                        "namespace": {"const": "ieee"},
                        "name": {"const": "sleep-episode"},
                        "version": {"type": "string", "pattern": r"^\d+\.\d+$"},
                    },
                },
                "source_creation_date_time": {"type": "string", "format": "date-time"},
                "modality": {"enum": ["sensed", "self-reported"]},
            },
        },
        "body": {
            "type": "object",
            "required": ["effective_time_frame"],
            "additionalProperties": False,
            "properties": {
                "effective_time_frame": {
                    "type": "object",
                    "required": ["time_interval"],
                    "properties": {
                        "time_interval": {
                            "type": "object",
                            "required": ["start_date_time", "end_date_time"],
                            "properties": {"start_date_time": INSTANT, "end_date_time": INSTANT},
                        }
                    },
                },
                "latency_to_sleep_onset": DURATION,
                "latency_to_arising": DURATION,
                "total_sleep_time": DURATION,
                "wake_after_sleep_onset": DURATION,
                "number_of_awakenings": {"type": "integer", "minimum": 0},
                "is_main_sleep": {"type": "boolean"},
                "sleep_maintenance_efficiency_percentage": {
                    "type": "object",
                    "required": ["unit", "value"],
                    "properties": {
                        "unit": {"const": "%"},
                        "value": {"type": "number", "minimum": 0, "maximum": 100},
                    },
                },
            },
        },
    },
}


def test_sleep_episodes_fit_the_schema_and_are_the_nights(exported, warehouse):
    validator = jsonschema.Draft7Validator(DATA_POINT)
    points = [
        json.loads(line) for line in (exported / "ieee_1752" / "sleep_episode.jsonl").read_text().splitlines()
    ]
    for point in points:
        validator.validate(point)
    assert len({point["header"]["uuid"] for point in points}) == len(points) > 0
    ours = {
        (person, onset, end)
        for person, onset, end in warehouse.sql(
            "select participant_id, sleep_onset_at, sleep_end_at from night where sleep_end_at > sleep_onset_at"
        )
        .pl()
        .with_columns(pl.col("sleep_onset_at", "sleep_end_at").dt.truncate("1ms"))
        .iter_rows()
    }
    told = set()
    for point in points:
        interval = point["body"]["effective_time_frame"]["time_interval"]
        ends = [datetime.fromisoformat(interval[name]) for name in ("start_date_time", "end_date_time")]
        assert all(end.tzinfo is not None for end in ends)
        told.add((point["header"]["user_id"], *ends))
    assert told == ours


def test_written_twice_it_is_the_same(exported, tmp_path):
    shutil.copyfile(published_warehouse(), warehouse_path(tmp_path))
    again = export_dialects(tmp_path)
    for name in ("ggir", "nsrr", "omop", "ieee_1752"):
        for path in (exported / name).rglob("*.*"):
            if path.is_file():
                assert (again / path.relative_to(exported)).read_bytes() == path.read_bytes(), path.name
