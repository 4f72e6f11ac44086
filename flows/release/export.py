"""Export what may leave the house: the cohort summary as tables and as a page, with dictionary and manifest.

Groups are taken from ``cohort_summary``, the one table of groups that has passed disclosure control, and rate ratios from
``association``, each the coefficient of a model over at least as many participants; nothing is computed from them.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.pages import TEMPLATES, render
from flows.settings import StudySettings
from flows.store.atomic import atomic_folder
from flows.store.fingerprint import fingerprint
from flows.warehouse.publish import published_run_id
from flows.warehouse.published import open_warehouse

FAMILY_TITLES = {
    "caffeine": "Caffeine",
    "exercise": "Exercise",
    "stress": "Stress",
    "nutrient": "Nutrients",
    "person": "Who",
    "day": "When",
}
GROUPING_TITLES = {
    "caffeine_mg": "Caffeine in the 24 hours before lights-off",
    "caffeine_after_14h_mg": "Caffeine after 14:00",
    "caffeine_at_lights_off_mg": "Caffeine left in the body at lights-off (modelled)",
    "exercise_met_min": "Exercise of the day",
    "vigorous_min": "Vigorous exercise",
    "exercise_end_to_lights_off_h": "Time between exercise and lights-off",
    "stress_score": "Stress, by scale",
    "stress_z": "Stress, against what is usual for the person",
    "magnesium_rda_ratio": "Magnesium over the recommended allowance",
    "calcium_rda_ratio": "Calcium over the recommended allowance",
    "iron_rda_ratio": "Iron over the recommended allowance",
    "vitamin_b6_rda_ratio": "Vitamin B6 over the recommended allowance",
    "vitamin_b12_rda_ratio": "Vitamin B12 over the recommended allowance",
    "age": "Age in years",
    "sex": "Sex",
}
PAGE_WIDTH = 760
LABEL_WIDTH = 250
NUMBER_WIDTH = 150
ROW_HEIGHT = 30


@dataclass(frozen=True)
class _Source:
    """What is read from the warehouse."""

    summary: pl.DataFrame
    associations: pl.DataFrame
    dictionary: pl.DataFrame
    parameters: pl.DataFrame
    run: dict[str, Any]


def publish_release(settings: StudySettings) -> Path:
    """Export the cohort summary of the published warehouse; return the release's folder."""
    published_run_id(settings)
    return export_release(settings.store, study_id=settings.study_id)


def export_release(store: Path, *, study_id: str) -> Path:
    """Write ``release/<release_id>/`` and return it.

    The id is a hash of what is released, so that the same content is written once; a release that exists is left as
    it is.

    Raises SettingsError where no warehouse is published.
    """
    with open_warehouse(store) as connection:
        source = _read(connection)
    release_id = _release_id(source, study_id)
    folder = store / "release" / release_id
    if (folder / "manifest.json").is_file():
        return folder
    with atomic_folder(folder) as aside:
        source.summary.write_csv(aside / "cohort_summary.csv")
        source.summary.write_parquet(aside / "cohort_summary.parquet")
        source.associations.write_csv(aside / "association.csv")
        _write_workbook(aside / "cohort_summary.xlsx", source)
        source.dictionary.write_csv(aside / "data_dictionary.csv")
        (aside / "report.html").write_text(_report(source, study_id, release_id), encoding="utf-8")
        files = sorted(path for path in aside.iterdir() if path.is_file())
        manifest = {
            "release_id": release_id,
            "study_id": study_id,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_id": source.run["run_id"],
            "code_version": source.run["code_version"],
            "parameter_hash": source.run["parameter_hash"],
            "parameters": dict(source.parameters.select("name", "value").rows()),
            "minimum_participant_count": _minimum_participant_count(source),
            "cell_count": source.summary.height,
            "withheld_cell_count": int(source.summary["is_suppressed"].sum()),
            "files": {path.name: _describe(path) for path in files},
        }
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return folder


def _read(connection: duckdb.DuckDBPyConnection) -> _Source:
    run = connection.sql("from run order by started_at desc, run_id limit 1").pl().row(0, named=True)
    return _Source(
        associations=connection.sql(
            "select association.* from association, study_parameter as minimum "
            "where minimum.name = 'release.minimum_participant_count' "
            "and association.participant_count >= minimum.value_number order by outcome, exposure, effect"
        ).pl(),
        summary=connection.sql(
            "from cohort_summary order by family, grouping_name, level_number nulls last, level"
        ).pl(),
        dictionary=connection.sql(
            "select table_name, column_name, type, unit, description, plmscore_name, nsrr_name, table_description "
            "from data_dictionary order by table_name, column_number"
        ).pl(),
        parameters=connection.sql("from study_parameter order by name").pl(),
        run=run,
    )


def _release_id(source: _Source, study_id: str) -> str:
    style = [path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*"))]
    return fingerprint(
        study_id,
        source.summary.rows(),
        source.associations.rows(),
        source.dictionary.rows(),
        source.parameters.rows(),
        source.run["code_version"],
        style,
    )


def _minimum_participant_count(source: _Source) -> int:
    named = source.parameters.filter(pl.col("name") == "release.minimum_participant_count")
    return int(named.item(0, "value_number"))


def _describe(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


def _write_workbook(path: Path, source: _Source) -> None:
    from xlsxwriter import Workbook

    with Workbook(str(path)) as workbook:
        # the only property that would tell when the file was made
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        source.summary.write_excel(workbook, worksheet="cohort_summary", autofit=True)
        source.associations.write_excel(workbook, worksheet="association", autofit=True)
        own = source.dictionary.filter(pl.col("table_name").is_in(["cohort_summary", "association"]))
        own.write_excel(workbook, worksheet="data_dictionary", autofit=True)


def _report(source: _Source, study_id: str, release_id: str) -> str:
    summary = source.summary
    confidence = source.parameters.filter(pl.col("name") == "cohort.interval.confidence_frac")
    return render(
        "report.html.j2",
        study_id=study_id,
        release_id=release_id,
        run_id=source.run["run_id"],
        code_version=source.run["code_version"],
        minimum_participant_count=_minimum_participant_count(source),
        confidence=f"{100 * confidence.item(0, 'value_number'):g} %",
        figures=_figures(summary),
        families=[
            {"title": title, "groupings": _groupings(summary.filter(pl.col("family") == family))}
            for family, title in FAMILY_TITLES.items()
        ],
        associations=[
            {"title": title, "picture": picture}
            for title, picture in (
                ("Planned before the data were seen", ratio_chart(source.associations, is_exploratory=False)),
                ("Exploratory", ratio_chart(source.associations, is_exploratory=True)),
            )
            if picture is not None
        ],
    )


def _figures(summary: pl.DataFrame) -> list[dict[str, str]]:
    everyone = summary.filter(pl.col("family") == "everyone").to_dicts()
    if not everyone or everyone[0]["is_suppressed"]:
        return [{"number": "withheld", "text": "fewer participants than may be told"}]
    row = everyone[0]
    aplm = row["aplm_wasm_per_h"]
    return [
        {"number": f"{row['participant_count']:,}", "text": "participants"},
        {"number": f"{row['night_count']:,}", "text": "nights"},
        {"number": f"{row['analysed_h']:,.0f}", "text": "hours analysed"},
        {"number": f"{row['jerk_rate_per_h']:.1f}", "text": "leg jumps per hour"},
        {"number": f"{row['hypnic_jerk_rate_per_h']:.2f}", "text": "sleep starts per hour"},
        {"number": "not known" if aplm is None else f"{aplm:.1f}", "text": "aPLM per hour of sleep"},
    ]


def _groupings(family: pl.DataFrame) -> list[dict[str, Any]]:
    known = list(GROUPING_TITLES)
    names = sorted(
        family["grouping_name"].unique(),
        key=lambda name: (known.index(name) if name in known else len(known), name),
    )
    entries = []
    for name in names:
        rows = family.filter(pl.col("grouping_name") == name).to_dicts()
        if {row["level"] for row in rows} == {"not known"}:
            continue  # nobody told: the tables say so, a chart of one dot would say nothing
        title = GROUPING_TITLES.get(name, name.capitalize())
        entries.append(
            {"title": title, "rows": [_cells(row) for row in rows], "picture": rate_chart(title, rows)}
        )
    return entries


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    def number(name: str, pattern: str) -> str:
        return "" if row[name] is None else format(row[name], pattern)

    interval = ""
    if row["ci_low_per_h"] is not None:
        interval = f"{row['ci_low_per_h']:.2f} to {row['ci_high_per_h']:.2f}"
    return {
        "level": row["level"],
        "is_suppressed": row["is_suppressed"],
        "participant_count": number("participant_count", ","),
        "night_count": number("night_count", ","),
        "jerk_count": number("jerk_count", ","),
        "analysed_h": number("analysed_h", ",.0f"),
        "jerk_rate_per_h": number("jerk_rate_per_h", ".2f"),
        "interval": interval,
        "hypnic_jerk_rate_per_h": number("hypnic_jerk_rate_per_h", ".2f"),
        "aplm_wasm_per_h": number("aplm_wasm_per_h", ".2f"),
    }


def rate_chart(label: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Place dots and intervals of rates on a linear axis from zero; None where nothing may be shown."""
    shown = [row for row in rows if row["jerk_rate_per_h"] is not None]
    if not shown:
        return None
    # an interval that runs off is cut at three times the largest rate, so that the others stay readable
    largest = max(row["jerk_rate_per_h"] for row in shown) or 1.0
    end = min(max(row["ci_high_per_h"] or 0 for row in shown) or largest, 3 * largest)
    step = _tick_step(max(end, largest))
    end = step * (int(max(end, largest) / step) + 1)
    left, right = LABEL_WIDTH, PAGE_WIDTH - NUMBER_WIDTH

    def place(rate: float) -> float:
        return round(left + (right - left) * min(rate, end) / end, 1)

    height = ROW_HEIGHT * len(rows) + 46
    return {
        "width": PAGE_WIDTH,
        "height": height,
        "label": label,
        "axis": "leg jumps per hour",
        "axis_x": left,
        "reference_x": None,
        "ticks": [{"x": place(step * n), "text": f"{step * n:g}"} for n in range(round(end / step) + 1)],
        "rows": [
            {
                "y": ROW_HEIGHT * n + ROW_HEIGHT // 2,
                "text": row["level"],
                "x": None if row["jerk_rate_per_h"] is None else place(row["jerk_rate_per_h"]),
                "low_x": None if row["ci_low_per_h"] is None else place(row["ci_low_per_h"]),
                "high_x": None if row["ci_high_per_h"] is None else place(row["ci_high_per_h"]),
                "number": "withheld"
                if row["is_suppressed"]
                else f"{row['jerk_rate_per_h']:.2f}, {row['night_count']:,} nights",
            }
            for n, row in enumerate(rows)
        ],
    }


def ratio_chart(associations: pl.DataFrame, *, is_exploratory: bool) -> dict[str, Any] | None:
    """Place rate ratios of leg jumps within persons on a logarithmic axis around 1; None where there are none."""
    rows = associations.filter(
        pl.col("outcome") == "jerk_count",
        pl.col("effect") == "within",
        pl.col("is_exploratory") == is_exploratory,
        pl.col("rate_ratio").is_not_null(),
    ).to_dicts()
    if not rows:
        return None
    # the axis holds every estimate and at least half to double; a wider interval runs off
    reach = max(0.7, *(abs(math.log(row["rate_ratio"])) for row in rows))
    left, right = LABEL_WIDTH, PAGE_WIDTH - NUMBER_WIDTH

    def place(ratio: float) -> float:
        share = (min(max(math.log(ratio), -reach), reach) + reach) / (2 * reach)
        return round(left + (right - left) * share, 1)

    ticks = [ratio for ratio in (0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10) if abs(math.log(ratio)) <= reach]
    return {
        "width": PAGE_WIDTH,
        "height": ROW_HEIGHT * len(rows) + 46,
        "label": "rate ratios of leg jumps within the same person",
        "axis": "ratio of leg jumps an hour, for one step more",
        "axis_x": left,
        "reference_x": place(1),
        "ticks": [{"x": place(ratio), "text": f"{ratio:g}"} for ratio in ticks],
        "rows": [
            {
                "y": ROW_HEIGHT * n + ROW_HEIGHT // 2,
                "text": f"{row['exposure']}, {row['per_unit']:g} more",
                "x": place(row["rate_ratio"]),
                "low_x": place(row["ci_low"]),
                "high_x": place(row["ci_high"]),
                "number": f"{row['rate_ratio']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})",
            }
            for n, row in enumerate(rows)
        ],
    }


def _tick_step(end: float) -> float:
    """Return 1, 2 or 5 times a power of ten, such that the axis has four to ten steps."""
    step = 10.0**-6
    while True:
        for factor in (1, 2, 5):
            if end / (step * factor) <= 8:
                return step * factor
        step *= 10
