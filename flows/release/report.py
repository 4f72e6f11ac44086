"""The page of a release: released tables alone, said in words and drawn, whole in itself."""

from dataclasses import replace
from typing import Any

import polars as pl

from flows.pages import render
from flows.release import answers, causes, courses
from flows.release.parts import Figure, Section, Table, count, level_words
from flows.release.source import Source, minimum_participant_count
from transforms.pictures.charts import Interval, intervals
from transforms.pictures.titles import known, title

FAMILY_TITLES = {
    "caffeine": "Caffeine",
    "exercise": "Exercise",
    "stress": "Stress",
    "nutrient": "Nutrients",
    "person": "Who",
    "day": "When",
    "measurement": "How it was measured",
}


def report(source: Source, study_id: str, release_id: str) -> str:
    """Return the page as HTML, whole in itself."""
    figures = source.figures
    numbers = dict(source.parameters.select("name", "value_number").iter_rows())
    trunk, questions = answers.flow(figures["flow"])
    forest = answers.forest(source.associations)
    graphs = causes.figures(
        source.reference["causal_edge"],
        source.reference["confounder"],
        [row["exposure"] for row in answers.main_questions(source.associations)],
    )
    forest = replace(forest, figures=[*forest.figures, *graphs])
    sections = [
        forest,
        answers.doses(source.tables["dose_response"], source.tables["dose_curve"]),
        courses.course(figures["night_hour"]),
        courses.gaps(figures["intervals"]),
        courses.spread(figures["nights"]),
        courses.quality(figures["quality"]),
        courses.agreement(source.tables["agreement_summary"], figures["limits"]),
    ]
    return render(
        "report.html.j2",
        study_id=study_id,
        is_simulated=study_id.startswith("simulated"),
        release_id=release_id,
        run_id=source.run["run_id"],
        code_version=source.run["code_version"],
        minimum_participant_count=minimum_participant_count(source),
        planned=source.planned,
        answer=answers.answer(source.associations, 1 - numbers["cohort.interval.confidence_frac"]),
        tiles=_tiles(source.summary),
        trunk=trunk,
        questions=questions,
        count=count,
        sections=sections,
        groups=groups(source.summary),
        has_survey=bool(source.survey),
        survey=_survey(source),
        parameters=source.parameters.select("name", "value", "unit", "source").to_dicts(),
    )


def _tiles(summary: pl.DataFrame) -> list[dict[str, str]]:
    everyone = summary.filter(pl.col("family") == "everyone").to_dicts()
    if not everyone or everyone[0]["is_suppressed"]:
        return [{"number": "withheld", "text": "fewer participants than may be told"}]
    row = everyone[0]

    def number(name: str, pattern: str) -> str:
        return "not known" if row[name] is None else format(row[name], pattern)

    return [
        {"number": number("participant_count", ","), "text": "participants"},
        {"number": number("night_count", ","), "text": "nights"},
        {"number": number("analysed_h", ",.0f"), "text": "hours analysed"},
        {"number": number("jerk_rate_per_h", ".1f"), "text": "leg jumps per hour in bed"},
        {"number": number("hypnic_jerk_rate_per_h", ".2f"), "text": "sleep starts per hour"},
        {"number": number("aplm_wasm_per_h", ".1f"), "text": "aPLM per hour of sleep"},
    ]


def groups(summary: pl.DataFrame) -> Section:
    """Draw the rates of groups, a chart a family; nothing of them is adjusted."""
    figures = []
    order = {name: place for place, name in enumerate(known())}
    for family, words in FAMILY_TITLES.items():
        own = summary.filter(pl.col("family") == family)
        names = sorted(own["grouping_name"].unique(), key=lambda name: (order.get(name, len(order)), name))
        rows: list[Interval] = []
        numbers: list[list[str]] = []
        headings = []
        for name in names:
            levels = own.filter(pl.col("grouping_name") == name).to_dicts()
            if {row["level"] for row in levels} == {"not known"}:
                continue  # nobody told: the tables say so, a chart of one dot would say nothing
            headings.append(title(name))
            rows.append(Interval(label=title(name), series="", value=None, low=None, high=None, number=""))
            for row in levels:
                rows.append(_rate(row))
                numbers.append(_cells(title(name), row))
        is_told = any(row.value is not None for row in rows)
        said = f"Leg jumps per hour in {len(numbers)} groups by {len(headings)} things."
        head = (
            "by",
            "level",
            "people",
            "nights",
            "hours",
            "leg jumps",
            "per hour",
            "95 % interval",
            "sleep starts /h",
            "aPLM /h asleep",
        )
        chart = (
            intervals(rows, "leg jumps per hour in bed", said, is_ratio=False, headings=headings)
            if is_told
            else None
        )
        if numbers:
            figures.append(Figure(words, chart, Table(f"Rates of groups: {words.lower()}", head, numbers, 2)))
    text = [
        "All leg jumps of a group divided by all its hours. These are different people on different nights, and nothing is adjusted for what "
        "else differs; the comparisons of the same person, above, are."
    ]
    return Section("groups", "Rates of groups: different people", text, figures)


def _rate(row: dict[str, Any]) -> Interval:
    rate = row["jerk_rate_per_h"]
    number = "withheld" if rate is None else f"{rate:.1f} /h, {count(row['participant_count'])} people"
    return Interval(
        label=level_words(row["level"], row["limits"]),
        series="",
        value=rate,
        low=row["ci_low_per_h"],
        high=row["ci_high_per_h"],
        number=number,
    )


def _cells(name: str, row: dict[str, Any]) -> list[str]:
    def number(column: str, pattern: str) -> str:
        return "" if row[column] is None else format(row[column], pattern)

    if row["is_suppressed"]:
        return [name, level_words(row["level"], row["limits"]), "withheld", *[""] * 7]
    low, high = row["ci_low_per_h"], row["ci_high_per_h"]
    return [
        name,
        level_words(row["level"], row["limits"]),
        number("participant_count", ","),
        number("night_count", ","),
        number("analysed_h", ",.0f"),
        number("jerk_count", ",.0f"),
        number("jerk_rate_per_h", ".2f"),
        "" if low is None else f"{low:.2f} to {high:.2f}",
        number("hypnic_jerk_rate_per_h", ".2f"),
        number("aplm_wasm_per_h", ".2f"),
    ]


def _survey(source: Source) -> list[str]:
    """Say what a survey of the same questions gives, a sentence an exposure."""
    if not source.survey:
        return []
    frame = source.survey["survey_association"].filter(outcome="leg_jerk_often", model="full")
    return [
        f"{title(row['exposure'])}, {row['per_what']}: odds of leg jerks often times {row['odds_ratio']:.2f} ({row['ci_low']:.2f} to "
        f"{row['ci_high']:.2f}; {count(row['respondent_count'])} respondents)."
        for row in frame.iter_rows(named=True)
    ]
