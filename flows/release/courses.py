"""The sections of the report that describe: the night, its intervals, its spread, the data, the laboratory."""

import polars as pl

from flows.release.parts import NO_ANSWER, Figure, Section, Table, count
from transforms.pictures.charts import Interval, intervals
from transforms.pictures.lines import Axes, Line, columns, lines

_WINDOW_S = (10, 90)


def course(frame: pl.DataFrame) -> Section:
    """Draw the night by hour, asleep and awake apart."""
    names = {"asleep": "asleep", "awake": "awake in bed"}
    series, numbers = [], []
    for state, name in names.items():
        own = frame.filter(pl.col("state") == state, pl.col("rate").is_not_null()).sort("hour_number")
        if own.is_empty():
            continue
        bands = [(own["ci_low"].to_list(), own["ci_high"].to_list())]
        series.append(Line(name=name, x=own["hour_number"].to_list(), y=own["rate"].to_list(), bands=bands))
    for row in frame.sort("hour_number", "state").iter_rows(named=True):
        rate = "withheld" if row["rate"] is None else f"{row['rate']:.1f}"
        between = "" if row["ci_low"] is None else f"{row['ci_low']:.1f} to {row['ci_high']:.1f}"
        numbers.append(
            [f"{row['hour_number'] + 1}", names[row["state"]], rate, between, count(row["participant_count"])]
        )
    text = [
        "The first column is the first hour after lights-off. Legs move more awake than asleep, so the two are told apart."
    ]
    if not series:
        return Section("hours", "The night hour by hour", [*text, NO_ANSWER])
    hours = sorted({int(hour) for line in series for hour in line.x})
    first, last = series[0].y[0], series[0].y[-1]
    said = f"{series[0].name.capitalize()}: {first:.1f} leg jumps per hour in the first hour told, {last:.1f} in the last."
    axes = Axes(
        x_title="hours since lights-off",
        y_title="leg jumps per hour",
        x_ticks=hours,
        x_domain=(hours[0] - 0.3, hours[-1] + 0.3),
    )
    head = ("hour", "state", "per hour", "95 % interval", "people")
    figure = Figure("", lines(series, axes, said, is_stepwise=True), Table("By hour", head, numbers, 2), said)
    return Section("hours", "The night hour by hour", text, [figure])


def gaps(frame: pl.DataFrame) -> Section:
    """Draw the intervals between movements, with the window of periodic ones."""
    own = frame.filter(pl.col("rate").is_not_null()).sort("lower_s")
    text = [
        f"From one leg movement in sleep to the next. Periodic movements follow each other after {_WINDOW_S[0]} to {_WINDOW_S[1]} s, the shaded window; "
        "a peak there is the mark of periodicity, a fall from the left is chance. aPLM is not the PLM index of a sleep laboratory."
    ]
    if own.height < 3:
        return Section("intervals", "From one movement to the next", [*text, NO_ANSWER])
    width = float(own["lower_s"].diff().drop_nulls().min())  # type: ignore[arg-type]
    closed = own.filter(pl.col("lower_s") < own["lower_s"].max()) if own.height > 3 else own
    line = Line(name="", x=closed["lower_s"].to_list(), y=(100 * closed["rate"]).to_list())
    inside = 100 * float(own.filter(pl.col("lower_s").is_between(*_WINDOW_S, closed="left"))["rate"].sum())
    window = frame.filter(pl.col("lower_s").is_between(*_WINDOW_S, closed="left"))
    said = (
        f"{inside:.0f} % of the intervals lie between {_WINDOW_S[0]} and {_WINDOW_S[1]} s."
        if not window["rate"].null_count()
        else "Some classes are withheld: the columns that are missing are not empty."
    )
    axes = Axes(
        x_title="seconds from one leg movement to the next", y_title="% of intervals", window=_WINDOW_S,
        x_domain=(0.0, float(closed["lower_s"].max()) + width),  # type: ignore[arg-type]
    )  # fmt: skip
    rows = [
        [
            f"{row['lower_s']:g} and more"
            if row["lower_s"] == frame["lower_s"].max()
            else f"{row['lower_s']:g} to {row['lower_s'] + width:g}",
            "withheld" if row["rate"] is None else f"{100 * row['rate']:.2g}",
            count(row["participant_count"]),
        ]
        for row in frame.sort("lower_s").iter_rows(named=True)
    ]
    table = Table("Intervals between movements", ("seconds", "% of intervals", "people"), rows, 1)
    return Section(
        "intervals",
        "From one movement to the next",
        text,
        [Figure("", columns(line, axes, width, said), table, said)],
    )


def spread(frame: pl.DataFrame) -> Section:
    """Draw the distribution of nights as bands of quantiles, by night of participation."""
    names = [name for name in frame.columns if name != "night_number"]
    everybody = frame.filter(pl.col("night_number").is_null())
    text = [
        "Half of the nights lie in the dark band, four fifths in the light one. Each quantile is the mean of at least as many nights around it as "
        "a group must have people; no single night is told."
    ]
    own = frame.filter(
        pl.col("night_number").is_not_null(), pl.all_horizontal(pl.col(names).is_not_null())
    ).sort("night_number")
    rows = [
        [
            "all" if row["night_number"] is None else f"{row['night_number']}",
            *("withheld" if row[name] is None else f"{row[name]:g}" for name in names),
        ]
        for row in frame.sort("night_number", nulls_last=False).iter_rows(named=True)
    ]
    heads = {
        "p10": "lowest tenth",
        "p25": "lowest quarter",
        "p50": "median",
        "p75": "highest quarter",
        "p90": "highest tenth",
    }
    table = Table(
        "Leg jumps per hour, quantiles of nights",
        ("night", *(heads.get(name, name) for name in names)),
        rows,
        1,
    )
    said = "Too few nights for quantiles."
    if everybody.height and everybody.item(0, "p50") is not None:
        row = everybody.row(0, named=True)
        said = f"Half of all nights have fewer than {row['p50']:g} leg jumps per hour" + (
            f", four fifths between {row['p10']:g} and {row['p90']:g}."
            if row["p10"] is not None and row["p90"] is not None
            else "."
        )
    chart = None
    if own.height >= 2:
        line = Line(
            name="", x=own["night_number"].to_list(), y=own["p50"].to_list(),
            bands=[(own["p10"].to_list(), own["p90"].to_list()), (own["p25"].to_list(), own["p75"].to_list())],
        )  # fmt: skip
        axes = Axes(
            x_title="night of participation",
            y_title="leg jumps per hour",
            x_ticks=own["night_number"].to_list(),
        )
        chart = lines([line], axes, said)
    return Section("nights", "How nights differ", text, [Figure("", chart, table, said)])


def quality(frame: pl.DataFrame) -> Section:
    """Say how good the data are, as shares of nights and recordings."""
    rows = [
        Interval(label=row["what"].capitalize(), series="", value=row["share_pct"], low=None, high=None,
                 number="nearly all or nearly none" if row["share_pct"] is None else f"{row['share_pct']:.0f} %, {count(row['participant_count'])} people")
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    text = [
        "A share of which fewer people are on a side than a group must have is not told: it is nearly all or nearly none."
    ]
    numbers = [[row.label, row.number] for row in rows]
    said = f"{len(rows)} shares of nights and recordings, from wear and calibration to diaries and clocks."
    chart = (
        intervals(rows, "% of nights or recordings", said, is_ratio=False, ends=(0.0, 100.0))
        if any(row.value is not None for row in rows)
        else None
    )
    return Section(
        "quality",
        "How good the data are",
        text,
        [Figure("", chart, Table("Data quality", ("what", "share"), numbers, 1), said)],
    )


_MEASURES = {
    "sensitivity": "Of the laboratory's movements, the share the sensor has",
    "precision": "Of the sensor's movements, the share the laboratory has",
    "f1": "Both together (F1)",
    "kappa": "Cohen's kappa",
    "bias": "Sensor less laboratory, mean [1/h]",
    "lower_limit_of_agreement": "Lower limit of agreement [1/h]",
    "upper_limit_of_agreement": "Upper limit of agreement [1/h]",
    "icc_2_1": "Intraclass correlation ICC(2,1)",
}


def agreement(summary: pl.DataFrame, limits: pl.DataFrame) -> Section:
    """Say how the sensor agrees with polysomnography."""
    own = summary.filter(pl.col("candidate") == "sensor", pl.col("measure").is_in(list(_MEASURES)))
    if own.is_empty():
        return Section(
            "agreement",
            "Agreement with polysomnography",
            ["No night was scored in a sleep laboratory beside the sensor, or of too few people."],
        )
    figures = []
    for (scorer,), rows in own.group_by("scorer", maintain_order=True):
        numbers = [
            [
                name,
                f"{row['value']:.2f}" if row["value"] is not None else "not known",
                f"{row['lower']:.2f} to {row['upper']:.2f}" if row["lower"] is not None else "",
            ]
            for measure, name in _MEASURES.items()
            for row in rows.filter(pl.col("measure") == measure).iter_rows(named=True)
        ]
        line = limits.filter(pl.col("scorer") == scorer).sort("mean_per_h")
        chart, said = None, "Too few nights for limits along the mean."
        if line.height >= 2:
            said = (
                f"At {line['mean_per_h'][0]:.0f} per hour the sensor differs by {line['lower_per_h'][0]:.0f} to {line['upper_per_h'][0]:.0f}, "
                f"at {line['mean_per_h'][-1]:.0f} by {line['lower_per_h'][-1]:.0f} to {line['upper_per_h'][-1]:.0f}: the limits of 95 % of nights"
                + (", which widen or shift with the mean." if line["is_along_mean"].any() else ".")
            )
            band = Line(
                name="", x=line["mean_per_h"].to_list(), y=line["bias_per_h"].to_list(),
                bands=[(line["lower_per_h"].to_list(), line["upper_per_h"].to_list())],
            )  # fmt: skip
            axes = Axes(
                x_title="mean of sensor and laboratory, per hour of sleep",
                y_title="sensor less laboratory",
                reference=0.0,
            )
            chart = lines([band], axes, said)
        count_of = rows.row(0, named=True)
        caption = f"agreement with {scorer}, {count(count_of['participant_count'])} people"
        figures.append(
            Figure("", chart, Table(caption, ("measure", "value", "95 % interval"), numbers, 1), said)
        )
    return Section(
        "agreement", "Agreement with polysomnography",
        ["aPLM is not the PLM index of a sleep laboratory: a sensor on the leg sees another movement than an electrode on its muscle. "
         "Limits of agreement follow the mean where the difference does (Bland and Altman 1999)."],
        figures,
    )  # fmt: skip
