"""Several sources that tell of the same thing: which one counts.

A source's rank is the number of days it tells of, then its name; the source that somebody really used comes first.
"""

from collections.abc import Sequence

import polars as pl


def once_across_files(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put the rows of several files of one maker together, so that a newer export repeats nothing of an older one.

    A row counts as often as it stands in the file that has it most often: two equal cups in one file are two cups.
    """
    if len(frames) == 1:
        return frames[0]
    columns = frames[0].columns
    numbered = [frame.with_columns(pl.int_range(pl.len()).over(columns).alias("__place")) for frame in frames]
    return pl.concat(numbered).unique(keep="first", maintain_order=True).drop("__place")


def newest_of_each_day(frames: Sequence[pl.DataFrame], key: Sequence[str], day: str) -> pl.DataFrame:
    """Put sums of days together: of each ``key`` (person, day, what) those of the file that reaches furthest.

    The last day of an export may not have been over when it was made; a newer one tells it whole.
    """
    numbered = pl.concat(
        frame.with_columns(pl.col(day).max().alias("__reach"), pl.lit(place).alias("__file"))
        for place, frame in enumerate(frames)
    )
    for last in ("__reach", "__file"):
        numbered = numbered.filter(pl.col(last) == pl.col(last).max().over(key))
    return numbered.drop("__reach", "__file")


def with_rank(rows: pl.DataFrame, day: str, by: Sequence[str] = ()) -> pl.DataFrame:
    """Add ``rank`` to rows with ``source_key``: 0 for the source that tells of the most days (within ``by``)."""
    key = [*by, "source_key"]
    days = rows.group_by(key).agg(pl.col(day).n_unique().alias("__days"))
    order = pl.struct(-pl.col("__days").cast(pl.Int64), pl.col("source_key"))
    rank = order.rank("ordinal").over(by) if by else order.rank("ordinal")
    ranked = days.with_columns((rank - 1).cast(pl.Int64).alias("rank")).drop("__days")
    return rows.join(ranked, on=key, how="left", maintain_order="left")


def one_source_a_day(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Keep of each ``key`` (person, day, what) the rows of the source with the best rank; sums count nothing twice."""
    return rows.filter(pl.col("rank") == pl.col("rank").min().over(key))


def without_overlap(rows: pl.DataFrame, by: Sequence[str], start: str, end: str) -> pl.DataFrame:
    """Keep the intervals [start, end) that no interval of a better-ranked source overlaps, within ``by``.

    Intervals of one source may overlap each other: what is repeated there was dropped before as a duplicate.
    """
    kept = rows.clear()
    for rank in sorted(rows["rank"].unique().to_list()):
        candidates = rows.filter(pl.col("rank") == rank)
        if kept.height:
            candidates = _outside(candidates, kept, by, start, end)
        kept = pl.concat([kept, candidates])
    return kept.sort(*by, start)


def _outside(
    candidates: pl.DataFrame, kept: pl.DataFrame, by: Sequence[str], start: str, end: str
) -> pl.DataFrame:
    """Compare each candidate with the kept interval that begins last before its end, by the reach up to there."""
    reach = (
        kept.sort(start)
        .with_columns(pl.col(end).cum_max().over(by, order_by=start).alias("__reach"))
        .select(*by, pl.col(start).alias("__begin"), "__reach")
        .sort("__begin")
    )
    numbered = candidates.with_row_index("__row")
    before = numbered.sort(end).join_asof(
        reach, left_on=end, right_on="__begin", by=list(by) or None, strategy="backward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    overlapped = before.filter(pl.col("__reach") > pl.col(start)).select("__row")
    return numbered.join(overlapped, on="__row", how="anti", maintain_order="left").drop("__row")
