"""The page of a release."""

from typing import Any

import polars as pl

from flows.pages import render
from flows.release.source import Source, minimum_participant_count
from transforms.pictures.rates import rate_chart, ratio_chart
from transforms.schema import NUTRIENTS

FAMILY_TITLES = {
    "caffeine": "Caffeine",
    "exercise": "Exercise",
    "stress": "Stress",
    "nutrient": "Nutrients",
    "person": "Who",
    "day": "When",
    "measurement": "How it was measured",
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
    **{one.rda_ratio: f"{one.heading} over the recommended allowance" for one in NUTRIENTS},
    "age": "Age in years",
    "sex": "Sex",
}


def report(source: Source, study_id: str, release_id: str) -> str:
    """Return the page as HTML, whole in itself."""
    summary = source.summary
    confidence = source.parameters.filter(pl.col("name") == "cohort.interval.confidence_frac")
    return render(
        "report.html.j2",
        study_id=study_id,
        release_id=release_id,
        run_id=source.run["run_id"],
        code_version=source.run["code_version"],
        minimum_participant_count=minimum_participant_count(source),
        confidence=f"{100 * confidence.item(0, 'value_number'):g} %",
        figures=_figures(summary),
        has_survey=bool(source.survey),
        families=[
            {"title": title, "groupings": _groupings(summary.filter(pl.col("family") == family))}
            for family, title in FAMILY_TITLES.items()
        ],
        associations=[
            {"title": title, "picture": picture}
            for title, picture in (
                (source.planned, ratio_chart(source.associations, is_exploratory=False)),
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
