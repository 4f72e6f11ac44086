"""A nutrient is one row of one list: with a sixth in a copy of the code it goes from the diary to the answers."""

import json
import os
import shutil
import subprocess
import sys

from flows.paths import ROOT

LAST = "has_upper_limit=False),\n)"
ZINC = 'has_upper_limit=False),\n    Nutrient("zinc", "mg", "zinc", 1000, 10.0, has_upper_limit=True),\n)'
ASKED = {
    "day": "select comment from duckdb_columns() where schema_name = 'main' "
    "and table_name = 'nutrient_day' and column_name = 'zinc_mg'",
    "ratio": "select round(zinc_mg / zinc_rda_ratio, 6), round(zinc_mg / zinc_ul_ratio, 6), zinc_food_mg = zinc_mg "
    "from analysis_night where zinc_mg is not null limit 1",
    "meaning": "select description, unit from data_dictionary where table_name = 'analysis_night' and column_name = 'zinc_mg'",
    "levels": "select level from jerk_rate_by_nutrient where exposure = 'zinc_rda_ratio' and lower is not null order by lower",
    "nights": "select count(*) = (select count(*) from analysis_night) from night_group where grouping_name = 'zinc_rda_ratio'",
    "question": "select outcome, per_unit from association where exposure = 'zinc_mg' and effect = 'within' order by outcome",
    "step": "select value_number, unit from study_parameter where name = 'cohort.association.step.zinc_mg'",
    "dose": "select count(*) > 0 from dose_response where exposure = 'zinc_rda_ratio'",
}
SCRIPT = """
import json, sys
from pathlib import Path

import duckdb
import polars as pl

from flows.store.layout import core_table
from flows.warehouse.build import build_warehouse
from tests.cohort_store import quick_parameters, write_cohort
from transforms.diaries import read_diaries
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.pictures.titles import title
from transforms.schema import PARTICIPANT

text = "participant_id,date,origin,zinc_mg\\nP1,2026-01-05,food,11\\nP1,2026-01-06,food,1001\\n"
people = pl.DataFrame([{"participant_id": "P1"}], schema=PARTICIPANT)
read = read_diaries({"diary/nutrients.csv": text.encode()}, people, "UTC", ADULT_EXPOSURES)
store = Path("store")
write_cohort(store, participant_count=15, night_count=4)
for name, changed in {
    "nutrient_day": lambda t: t.with_columns(zinc_mg=8.0 + pl.int_range(pl.len()) % 7),
    "dietary_reference_intake": lambda t: pl.concat(
        [t, t.filter(pl.col("nutrient") == "iron").with_columns(
            nutrient=pl.lit("zinc"), allowance=pl.lit(10.0), upper_limit=pl.lit(40.0))]
    ),
}.items():
    changed(pl.read_parquet(core_table(store, name))).write_parquet(core_table(store, name))
built = build_warehouse(store, quick_parameters(), code_version="test", secret=b"test")
with duckdb.connect(str(built.path), read_only=True) as connection:
    told = {name: connection.sql(query).fetchall() for name, query in json.loads(sys.argv[1]).items()}
told["diary"] = (read.nutrient_day["zinc_mg"].to_list(), read.rejected_entry["value"].to_list())
told["title"] = title("zinc_rda_ratio")
print(json.dumps(told))
"""


def test_a_sixth_nutrient_is_one_row_in_one_list(tmp_path):
    for name in ("transforms", "flows", "sql", "expectations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "tests").mkdir()
    for name in ("cohort_store.py", "survey_rows.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    the_list = tmp_path / "transforms" / "schema" / "nutrients.py"
    text = the_list.read_text(encoding="utf-8")
    assert text.count(LAST) == 1
    the_list.write_text(text.replace(LAST, ZINC), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(ASKED)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "day": [["Zinc [mg]."]],
        "ratio": [[10.0, 40.0, True]],
        "meaning": [
            ["Zinc of the day, food and supplements [mg]; empty where the food was not recorded.", "mg"]
        ],
        "levels": [["below the allowance"], ["allowance met"]],
        "nights": [[True]],
        "question": [["jerk_sleep_count", 10.0], ["nonwear_h", 10.0]],
        "step": [[10.0, "mg"]],
        "dose": [[True]],
        "diary": [[11.0], ["1001"]],
        "title": "Zinc over the recommended allowance",
    }
