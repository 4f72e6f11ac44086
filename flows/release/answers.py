"""The sections of the report that answer: in a sentence, as a forest of ratios, by dose; and who is in the models."""

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from flows.release.parts import NO_ANSWER, Figure, Section, Table, count, level_words, told
from transforms.pictures.charts import Interval, intervals
from transforms.pictures.lines import Axes, Line, lines
from transforms.pictures.titles import step, title, unit
from transforms.pictures.words import often, often_between


def main_rows(associations: pl.DataFrame, effect: str) -> pl.DataFrame:
    """Return the ratios of the main outcome, the four questions first."""
    main = associations.filter(~pl.col("is_exploratory"), pl.col("analysis") == "main")["outcome"].unique()
    if main.is_empty():
        return associations.clear()
    return associations.filter(
        pl.col("outcome") == main[0], pl.col("effect") == effect, pl.col("analysis") == "main"
    ).sort("is_exploratory", maintain_order=True)


def main_questions(associations: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the ratios of the questions that more than suggest, effects within persons."""
    return main_rows(associations, "within").filter(~pl.col("is_exploratory")).to_dicts()


def answer(associations: pl.DataFrame, alpha: float) -> Section:
    """Say the four answers in a sentence each, with interval, people and control."""
    text = [_sentence(row, alpha) for row in main_questions(associations)] or [NO_ANSWER]
    return Section("answer", "The answer", text)


def _sentence(row: Mapping[str, Any], alpha: float) -> str:
    state = title(row["outcome"]).lower().removeprefix("leg jumps ")
    is_clear = row["q_value"] is not None and row["q_value"] < alpha
    verdict = (
        "More than chance would make."
        if is_clear
        else "Within what chance would make, which does not show that there is no effect."
    )
    control = row["control_rate_ratio"]
    return (
        f"{title(row['exposure'])}, {step(row['exposure'], row['per_unit'])}: the same person's legs jump {often(row['rate_ratio'])} "
        f"{state} (95 % interval {often_between(row['ci_low'], row['ci_high'])}; {count(row['participant_count'])} people, "
        f"{count(row['night_count'])} nights). {verdict}"
        + (
            f" The day after, which cannot act, gives {told(row, 'control_rate_ratio')}."
            if control is not None
            else ""
        )
    )


_PARALLEL = (" known", " in the model")


def flow(frame: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the stages that everybody passes, and those of each question, for the page to lay out."""
    trunk: list[dict[str, Any]] = []
    questions: dict[str, list[dict[str, Any]]] = {}
    for (_, stage), rows in frame.group_by("stage_number", "stage", maintain_order=True):
        entry = {
            "stage": str(stage),
            "in": [row for row in rows.iter_rows(named=True) if row["is_in"]],
            "out": [
                row | {"reason": row["reason"].replace("_", " ")}
                for row in rows.iter_rows(named=True)
                if not row["is_in"]
            ],
        }
        ending = next((end for end in _PARALLEL if str(stage).endswith(end)), None)
        if ending is None:
            trunk.append(entry)
        else:
            questions.setdefault(str(stage).removesuffix(ending), []).append(entry)
    return trunk, [{"question": name, "stages": stages} for name, stages in questions.items()]


def forest(associations: pl.DataFrame) -> Section:
    """Draw within and between paired, with the negative controls beside."""
    within = main_rows(associations, "within").filter(pl.col("rate_ratio").is_not_null())
    if within.is_empty():
        return Section("forest", "What goes with leg jumps", [NO_ANSWER])
    between = {row["exposure"]: row for row in main_rows(associations, "between").iter_rows(named=True)}
    rows: list[Interval] = []
    numbers = []
    for row in within.iter_rows(named=True):
        label = f"{title(row['exposure'])}, {step(row['exposure'], row['per_unit'])}"
        rows.append(_interval(label, "nights of the same person", row))
        other = between.get(row["exposure"])
        if other is not None and other["rate_ratio"] is not None:
            rows.append(_interval(label, "different people", other))
        if row["control_rate_ratio"] is not None:
            rows.append(
                Interval(
                    label=label,
                    series="control: the day after",
                    value=row["control_rate_ratio"],
                    low=row["control_ci_low"],
                    high=row["control_ci_high"],
                    number=told(row, "control_rate_ratio"),
                )
            )
        numbers.append(
            [
                label,
                told(row),
                told(other) if other is not None else "",
                told(row, "control_rate_ratio") if row["control_rate_ratio"] is not None else "",
                told(row, "unworn_rate_ratio") if row["unworn_rate_ratio"] is not None else "",
                f"{row['q_value']:.2g}" if row["q_value"] is not None else "",
                count(row["participant_count"]),
                count(row["night_count"]),
                "exploratory" if row["is_exploratory"] else "main question",
            ]
        )
    outcome = title(within.item(0, "outcome"))
    clear = [
        row["exposure"]
        for row in within.iter_rows(named=True)
        if row["q_value"] is not None and row["q_value"] < 0.05
    ]
    said = f"Ratios of {outcome.lower()} for {len(numbers)} exposures. " + (
        f"Clear of chance within persons: {', '.join(title(name)[0].lower() + title(name)[1:] for name in clear)}."
        if clear
        else "None is clear of chance within persons."
    )
    chart = intervals(rows, f"times as many {outcome.lower()}; 1 is no difference", said, is_ratio=True)
    head = (
        *("exposure", "same person", "different people", "control: the day after", "control: hours unworn"),
        *("q", "people", "nights", "kind"),
    )
    text = [
        "Each night is compared with the other nights of the same person, so that what never changes about a person cannot explain a "
        "difference. The comparison of different people stands beside it: whoever drinks more differs in other things, too. "
        "The control asks the same of the day after, which cannot move tonight's legs: where it lies far from 1, distrust the row. "
        "A second one, in the table, asks of the hours in which the device was not worn, which nothing here can move.",
        "Adjusted for what the declared causal graph names (Poisson generalised estimating equations, robust errors). A ratio of 1 is "
        "no difference; an interval across 1 shows neither an effect nor that there is none.",
    ]
    figure = Figure(outcome, chart, Table("Ratios with 95 % intervals", head, numbers), said)
    return Section("forest", "What goes with leg jumps", text, [figure])


def _interval(label: str, series: str, row: Mapping[str, Any]) -> Interval:
    return Interval(
        label=label,
        series=series,
        value=row["rate_ratio"],
        low=row["ci_low"],
        high=row["ci_high"],
        number=told(row),
    )


def doses(response: pl.DataFrame, curve: pl.DataFrame) -> Section:
    """Draw same-person rates by level on one axis, and the curves of the main exposures."""
    known = response.filter(pl.col("standardised_rate_per_h").is_not_null())
    # one way to cut each theme is enough on one axis; the table of the release has all
    shown = [
        "caffeine_at_lights_off_mg", "exercise_met_min", "stress_score",
        *(name for name in known["exposure"].unique(maintain_order=True) if name.endswith("_rda_ratio")),
    ]  # fmt: skip
    known = known.filter(pl.col("exposure").is_in(shown)).sort(
        pl.col("exposure").replace_strict({name: place for place, name in enumerate(shown)}, default=99),
        "level_number",
    )
    text = [
        "What the model tells of the same nights of the same persons, had all of them had this level. Rates of different people, "
        "at the end of this page, compare whoever happened to have it."
    ]
    if known.is_empty():
        return Section("doses", "Dose and response in the same person", [*text, NO_ANSWER])
    rows, numbers, headings = [], [], []
    for row in known.iter_rows(named=True):
        heading = title(row["exposure"])
        if heading not in headings:
            headings.append(heading)
            rows.append(Interval(label=heading, series="", value=None, low=None, high=None, number=""))
        label = level_words(row["level"], row["limits"])
        low, high = row["standardised_ci_low_per_h"], row["standardised_ci_high_per_h"]
        number = f"{row['standardised_rate_per_h']:.1f} /h, {count(row['participant_count'])} people"
        rows.append(
            Interval(
                label=label,
                series="",
                value=row["standardised_rate_per_h"],
                low=low,
                high=high,
                number=number,
            )
        )
        between = f"{low:.2f} to {high:.2f}" if low is not None and high is not None else ""
        numbers.append(
            [
                heading,
                label,
                f"{row['standardised_rate_per_h']:.2f}",
                between,
                told(row),
                count(row["participant_count"]),
                count(row["night_count"]),
            ]
        )
    said = f"Leg jumps per hour at each level of {len(headings)} exposures, on one axis."
    chart = intervals(
        rows, "leg jumps per hour, had every night had this level", said, is_ratio=False, headings=headings
    )
    head = ("exposure", "level", "per hour", "95 % interval", "ratio to the lowest level", "people", "nights")
    figures = [Figure("By level", chart, Table("Same-person rates by level", head, numbers, 2), said)]
    figures += [_curve(str(name), own) for (name,), own in curve.group_by("exposure", maintain_order=True)]
    return Section("doses", "Dose and response in the same person", text, figures)


def _curve(exposure: str, points: pl.DataFrame) -> Figure:
    points = points.filter(pl.col("rate_ratio").is_not_null()).sort("value")
    line = Line(
        name="",
        x=points["value"].to_list(),
        y=points["rate_ratio"].to_list(),
        bands=[(points["ci_low"].fill_null(1.0).to_list(), points["ci_high"].fill_null(1.0).to_list())],
    )
    last = points.row(-1, named=True)
    bends = last["nonlinearity_p_value"]
    said = (
        f"Against {last['reference_value']:g} {unit(exposure)}, {last['value']:g} {unit(exposure)} goes with {told(last)} times as many leg jumps"
        + (f"; bends beyond a straight line: p = {bends:.2g}." if bends is not None else ".")
    )
    axes = Axes(
        x_title=f"{title(exposure)} [{unit(exposure)}]",
        y_title="times as many leg jumps",
        is_ratio=True,
        reference=1.0,
    )
    head = (unit(exposure) or "value", "ratio, 95 % interval")
    every = points if points.height <= 12 else points.gather_every(math.ceil(points.height / 12))
    rows = [[f"{row['value']:g}", told(row)] for row in every.iter_rows(named=True)]
    return Figure(
        title(exposure), lines([line], axes, said, height=190), Table(title(exposure), head, rows, 0), said
    )
