"""Where each of a night's four times comes from."""

import polars as pl

from transforms.schema import NIGHT, require

FROM_SLEEP_ONSET, FROM_SLEEP_END = "sleep_onset", "sleep_end"
"""Nobody told when the bed was entered or left: the time of the sleep stands in, and is no measurement of the bed."""
FROM_SENSOR = "sensor"
"""Sleep within the told bed, from changes of posture or from inactivity."""
_TIMES = ("lights_off", "sleep_onset", "sleep_end", "lights_on")


def with_sources(nights: pl.DataFrame, diary: pl.DataFrame, polysomnography: pl.DataFrame) -> pl.DataFrame:
    """Add ``lights_off_source``, ``sleep_onset_source``, ``sleep_end_source`` and ``lights_on_source`` to NIGHT.

    Each is who told the time (diary, psg, the maker of an export), ``sensor``, the sensor that gave the whole window
    (wrist_hdcza, leg_hdcza), or the time that stands in for it. A latency from a lights-off that is only the sleep
    onset is no measurement and becomes null.

    Args:
        nights: NIGHT without these columns filled, of one participant.
        diary: SLEEP_DIARY of the participant.
        polysomnography: the same from scored stages.
    """
    told = pl.concat(
        [
            diary.with_columns(pl.lit("diary").alias("__window")),
            polysomnography.with_columns(pl.lit("psg").alias("__window")),
        ]
    ).unique(["night_date", "__window"], keep="first", maintain_order=True)
    theirs = told.select(
        "night_date",
        "__window",
        *(pl.col(f"{time}_at").alias(f"__{time}") for time in _TIMES),
        *(pl.coalesce(f"{time}_source", "__window").alias(f"__{time}_by") for time in _TIMES),
    )
    window = pl.col("sleep_window_source").cast(pl.String)
    joined = nights.with_columns(window.alias("__window")).join(
        theirs, on=["night_date", "__window"], how="left", maintain_order="left"
    )
    by_window = pl.when(window.is_in(["diary", "psg"])).then(pl.lit(FROM_SENSOR)).otherwise(window)
    stands_in = {
        "lights_off": (
            pl.col("__lights_off").is_null() & pl.col("__sleep_onset").is_not_null(),
            FROM_SLEEP_ONSET,
        ),
        "lights_on": (pl.col("__lights_on").is_null() & pl.col("__sleep_end").is_not_null(), FROM_SLEEP_END),
    }
    columns = []
    for time in _TIMES:
        is_stand_in, word = stands_in.get(time, (pl.lit(value=False), ""))
        source = (
            pl.when(pl.col(f"{time}_at") == pl.col(f"__{time}"))
            .then(pl.col(f"__{time}_by"))
            .when(is_stand_in)
            .then(pl.lit(word))
            .otherwise(by_window)
        )
        columns.append(pl.when(pl.col(f"{time}_at").is_not_null()).then(source).alias(f"{time}_source"))
    found = joined.with_columns(columns).with_columns(
        pl.when(pl.col("lights_off_source") != FROM_SLEEP_ONSET)
        .then("sleep_latency_min")
        .alias("sleep_latency_min")
    )
    return require(found, NIGHT, "nights")
