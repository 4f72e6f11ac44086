"""Sensor and scorers of polysomnography held against each scorer, after detection: tables, plots and one page of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from flows.orchestration import run_unit
from flows.pages import render
from flows.settings import StudySettings
from flows.stages.psg_scores import SCORE, STUDY, emg_signal, scored_events
from flows.store.at_hand import bring_datasets
from flows.store.atomic import atomic_file, write_text
from flows.store.code_version import made_by
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_file, core_table, partition
from flows.store.ledger import Ledger
from transforms.agreement.by_night import (
    THRESHOLD_NOTE,
    agreement,
    scorer_candidates,
    sensor_candidates,
    summarise,
)
from transforms.agreement.sleep import sleep_agreement
from transforms.psg.hypnogram import stages_of
from transforms.psg.scored import stages_by_leg_scorer
from transforms.schema import MOVEMENT, NIGHT, SCORED_LEG_MOVEMENT, SIGNAL_BREAK, WAKE_EPISODE, empty

COMPARE = "agreement"
PAGE = "agreement.html.j2"
_SEED = 1
_PAIR = ["scorer", "candidate"]
_TITLES = {
    "f1": "F1",
    "kappa": "Cohen's kappa",
    "icc_2_1": "ICC(2,1)",
    "bias": "bias (candidate less scorer)",
}


def compare(settings: StudySettings, score_stage: str) -> None:
    """Hold sensor and scorers against each scorer; ``score_stage`` is the ledger of detection's last stage."""
    ledger = Ledger(settings.store, COMPARE)
    events = scored_events(settings)
    if events.is_empty():
        ledger.remove(STUDY)
        return
    detected = Ledger(settings.store, score_stage)
    people = events["participant_id"].unique().sort().to_list()
    wanted = fingerprint(
        made_by(compare_study, settings.parameters),
        Ledger(settings.store, SCORE).fingerprint(STUDY),
        [detected.fingerprint(partition(person)) for person in people],
    )
    if not ledger.is_current(STUDY, wanted):
        ledger.record(STUDY, wanted, run_unit(compare_study, settings, events, label=COMPARE))


def compare_study(settings: StudySettings, events: pl.DataFrame) -> list[Path]:
    """Write agreement of movements and sleep, and a page with a plot for each pair; return the files that were written.

    A night whose movements are those of the electromyogram has no sensor to compare.
    """
    store, parameters = settings.store, settings.parameters.agreement
    bring_datasets(store, ("night", "movement", "signal_break", "sensor_night", "sensor_wake_episode"))
    people = events["participant_id"].unique().sort().to_list()
    nights = _of_people(store, "night", people, NIGHT).filter(pl.col("leg_recording_count") > 0)
    sensor = sensor_candidates(
        _of_people(store, "movement", people, MOVEMENT),
        nights,
        _of_people(store, "signal_break", people, SIGNAL_BREAK),
    )
    scored = pl.read_parquet(core_table(store, "scored_leg_movement"))
    stages = stages_by_leg_scorer(events, *emg_signal(store))
    scorers = scorer_candidates(scored, stages)
    by_night = agreement(
        scored.match_to_schema(SCORED_LEG_MOVEMENT),
        stages,
        pl.concat([sensor[0], scorers[0]]),
        pl.concat([sensor[1], scorers[1]]),
        parameters,
    )
    summary = summarise(by_night, parameters, _SEED)
    slept = sleep_agreement(
        _of_people(store, "sensor_night", people, NIGHT).filter(pl.col("leg_recording_count") > 0),
        _of_people(store, "sensor_wake_episode", people, WAKE_EPISODE),
        stages_of(events),
        parameters,
    )
    outputs = []
    tables = {"agreement": by_night, "agreement_summary": summary, "sleep_agreement": slept}
    for name, frame in tables.items():
        file = core_table(store, name)
        with atomic_file(file) as aside:
            frame.write_parquet(aside)
        outputs.append(file)
    page = settings.store / "quality" / "agreement" / "index.html"
    write_text(page, agreement_page(by_night, summary, settings.study_id))
    return [*outputs, page]


def agreement_page(by_night: pl.DataFrame, summary: pl.DataFrame, study_id: str) -> str:
    """Return a page with the plot and the measures of each pair; AGREEMENT and AGREEMENT_SUMMARY in.

    It shows single nights and names scorers: it is for those who hold the data.
    """
    from transforms.pictures.bland_altman import bland_altman_chart  # a second that few studies need

    return render(
        PAGE,
        study_id=study_id,
        warning=THRESHOLD_NOTE,
        pairs=[
            {
                "title": f"{candidate} against {scorer}",
                "plot": bland_altman_chart(own, told),
                "night_count": _counted(own.height, "night"),
                "participant_count": _counted(own["participant_id"].n_unique(), "participant"),
                "clock": _clock(own),
                "measures": [_shown(row) for row in told.iter_rows(named=True)],
            }
            for (scorer, candidate), own, told in _pairs(by_night, summary)
        ],
    )


def _pairs(
    by_night: pl.DataFrame, summary: pl.DataFrame
) -> Iterator[tuple[tuple[str, str], pl.DataFrame, pl.DataFrame]]:
    for key, own in by_night.sort(_PAIR).group_by(_PAIR, maintain_order=True):
        scorer, candidate = str(key[0]), str(key[1])
        yield (scorer, candidate), own, summary.filter(scorer=scorer, candidate=candidate)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _clock(nights: pl.DataFrame) -> str:
    known: list[float] = nights["clock_offset_s"].drop_nulls().to_list()
    unknown = nights.height - len(known)
    if not known:
        return "The offset between the two clocks could not be told in any night; nothing was moved."
    told = (
        f"The clock of the candidate was {median(known):+.1f} s (median; {min(known):+.1f} to {max(known):+.1f} s)"
        f" from that of the scorer in {_counted(len(known), 'night')}; this was taken out first."
    )
    return told + (f" In {_counted(unknown, 'night')} it could not be told." if unknown else "")


def _shown(row: dict[str, Any]) -> dict[str, str]:
    def number(name: str) -> str:
        return "" if row[name] is None else f"{row[name]:.2f}"

    return {
        "measure": _TITLES.get(row["measure"], row["measure"].replace("_", " ")),
        "value": number("value") or "not known",
        "interval": f"{number('lower')} to {number('upper')}" if row["lower"] is not None else "",
        "unit": "" if row["unit"] == "1" else row["unit"],
        "method": row["method"],
        "note": row["note"] or "",
    }


def _of_people(store: Path, dataset: str, people: Sequence[str], schema: pl.Schema) -> pl.DataFrame:
    files = [core_file(store, dataset, person) for person in people]
    return pl.concat([empty(schema), *(pl.read_parquet(file) for file in files if file.exists())])
