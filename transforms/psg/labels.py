"""What the labels of scorers mean: which event, which leg."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from transforms.schema import ScoredEventKind, Side

_STAGE_PREFIX = r"^(?:sleep[\s_-]*)?(?:stages?[\s_:-]*)?"
_STAGE_SUFFIX = r"(?:[\s_-]*sleep)?(?:\|\d)?$"
_STAGES: Final = {
    "stage_w": r"(?:w|wake|wakefulness|awake|wach|s?0)",
    "stage_n1": r"(?:n1|s1|1|nrem[\s_-]?1)",
    "stage_n2": r"(?:n2|s2|2|nrem[\s_-]?2)",
    "stage_n3": r"(?:n[34]|s[34]|[34]|nrem[\s_-]?[34])",
    "stage_r": r"(?:r|rem|5)",
}
_RERA = r"\brera\b|effort[\s_-]*related[\s_-]*arousal"
_AROUSAL = r"arousal"
_BREATH = r"apno?ea|hypopno?ea"
_SERIES = r"(?:series|sequence|episode|index|serie|folge)"
_LEG = (
    r"(?:limb|leg)s?[\s_-]*mov|\bp?lm[slr]?\b|\bplm(?:[\s_-]|$)|\blm(?:[\s_-]|$)|^(?:left|right|both)[\s_-]*legs?$"
    r"|beinbewegung"
)
_LEFT = r"\bleft|links|\blat\b|\bp?lml\b|\bleg[\s/_-]*l\b|\bl[\s/_-]*(?:leg|tib)|tib\w*[\s/_.-]*(?:l|sx|sin)\b|\bsx1-sx2\b"
_RIGHT = r"\bright|rechts|\brat\b|\bp?lmr\b|\bleg[\s/_-]*r\b|\br[\s/_-]*(?:leg|tib)|tib\w*[\s/_.-]*(?:r|dx|des)\b|\bdx1-dx2\b"
_BOTH = r"\bboth\b|bilateral|beid"

Meaning = tuple[str, str]
"""A kind of SCORED_EVENT and a side."""


def event_of(label: pl.Expr) -> pl.Expr:
    """Return the kind of event that a label names, or null.

    In this order: a sleep stage (only where the label is nothing else), a respiratory effort related arousal, which is
    a respiratory event, any other arousal, an apnoea or hypopnoea, a leg movement. Desaturations, flow limitations and
    artefacts are none of these. Labels that name a series of leg movements and not a single one are passed over:
    a mark over a whole series is not a movement.
    """
    text = label.str.strip_chars().str.to_lowercase()
    kind = pl.lit(None, dtype=pl.String)
    is_artefact = text.str.contains(r"art[ie]fact|unsure|desat")
    kind = pl.when(text.str.contains(_LEG) & ~text.str.contains(_SERIES)).then(pl.lit("leg_movement"))
    kind = pl.when(text.str.contains(_BREATH)).then(pl.lit("respiratory")).otherwise(kind)
    kind = pl.when(text.str.contains(_AROUSAL)).then(pl.lit("arousal")).otherwise(kind)
    kind = pl.when(text.str.contains(_RERA)).then(pl.lit("respiratory")).otherwise(kind)
    kind = pl.when(~is_artefact).then(kind)
    for stage, words in _STAGES.items():
        is_stage = text.str.contains(_STAGE_PREFIX + words + _STAGE_SUFFIX)
        kind = pl.when(is_stage).then(pl.lit(stage)).otherwise(kind)
    return kind.cast(ScoredEventKind)


def side_of(label: pl.Expr, channel: pl.Expr) -> pl.Expr:
    """Return the leg that a label or its channel names; 'other' where neither does."""
    text = pl.concat_str(label, pl.lit(" "), channel.fill_null("")).str.to_lowercase()
    left, right = text.str.contains(_LEFT), text.str.contains(_RIGHT)
    return (
        pl.when(text.str.contains(_BOTH) | (left & right))
        .then(pl.lit("both"))
        .when(left)
        .then(pl.lit("left"))
        .when(right)
        .then(pl.lit("right"))
        .otherwise(pl.lit("other"))
        .cast(Side)
    )


def with_meaning(marks: pl.DataFrame, further: Mapping[str, Meaning]) -> pl.DataFrame:
    """Add event and side to marks with label and channel.

    ``further`` are the laboratory's own labels, compared without regard to case; they win.
    """
    own = {label.strip().lower(): meaning for label, meaning in further.items()}
    text = pl.col("label").str.strip_chars().str.to_lowercase()
    own_event = text.replace_strict(
        {label: event for label, (event, _) in own.items()}, default=None, return_dtype=pl.String
    ).cast(ScoredEventKind)
    own_side = text.replace_strict(
        {label: side for label, (_, side) in own.items()}, default=None, return_dtype=pl.String
    ).cast(Side)
    event = pl.coalesce(own_event, event_of(pl.col("label")))
    side = pl.coalesce(own_side, side_of(pl.col("label"), pl.col("channel")))
    return marks.with_columns(event=event).with_columns(
        side=pl.when(pl.col("event") == "leg_movement").then(side).otherwise(pl.lit("other").cast(Side))
    )
