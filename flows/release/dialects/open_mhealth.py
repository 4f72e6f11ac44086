"""Sleep of each night as data points of IEEE 1752.1 (which took over those of Open mHealth), one to a line.

There is no schema of leg movements; the rates stay in the other dialects. ``source_creation_date_time`` is the end of the
sleep that is told, so that the same night is the same data point.

Source: IEEE 1752.1-2021, sleep-episode-1.0 and header-1.0; Open mHealth sleep-episode-1.1.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

_NAMESPACE = uuid.UUID("6f0a6a0e-6c1b-5c52-9a53-3f1b8b0f6f51")
_QUERY = """
    select
        night.participant_id, night.night_date, night.time_zone, night.sleep_onset_at, night.sleep_end_at,
        night.sleep_latency_min, night.tst_h, night.waso_min, night.spt_h, night.lights_on_at,
        night.sleep_window_source, night.is_sleep_known,
        count(wake_episode.started_at) as awakening_count
    from night
    left join wake_episode using (participant_id, night_date)
    where night.sleep_onset_at is not null and night.sleep_end_at > night.sleep_onset_at
    group by all
    order by night.participant_id, night.night_date
"""


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write ``sleep_episode.jsonl``: a data point for each night with a known sleep onset and end."""
    rows = connection.sql(_QUERY).pl()
    with (folder / "sleep_episode.jsonl").open("w", encoding="utf-8") as stream:
        for row in rows.iter_rows(named=True):
            stream.write(json.dumps(_data_point(row), ensure_ascii=False) + "\n")


def _data_point(row: Mapping[str, Any]) -> dict[str, Any]:
    zone = ZoneInfo(row["time_zone"])
    name = f"{row['participant_id']}/{row['night_date']}"
    body: dict[str, Any] = {
        "effective_time_frame": {
            "time_interval": {
                "start_date_time": _instant(row["sleep_onset_at"], zone),
                "end_date_time": _instant(row["sleep_end_at"], zone),
            }
        },
        "is_main_sleep": True,
        "number_of_awakenings": row["awakening_count"] if row["is_sleep_known"] else None,
        "latency_to_sleep_onset": _minutes(row["sleep_latency_min"]),
        "total_sleep_time": _minutes(None if row["tst_h"] is None else row["tst_h"] * 60),
        "wake_after_sleep_onset": _minutes(row["waso_min"]),
        "latency_to_arising": _minutes(
            None
            if row["lights_on_at"] is None
            else (row["lights_on_at"] - row["sleep_end_at"]).total_seconds() / 60
        ),
        "sleep_maintenance_efficiency_percentage": None
        if row["tst_h"] is None or not row["spt_h"]
        else {"unit": "%", "value": round(100 * row["tst_h"] / row["spt_h"], 2)},
    }
    return {
        "header": {
            "uuid": str(uuid.uuid5(_NAMESPACE, name)),
            "schema_id": {"namespace": "ieee", "name": "sleep-episode", "version": "1.0"},
            "source_creation_date_time": _instant(row["sleep_end_at"], zone),
            "modality": "self-reported" if "diary" in (row["sleep_window_source"] or "") else "sensed",
            "user_id": row["participant_id"],
        },
        "body": {key: value for key, value in body.items() if value is not None},
    }


def _minutes(value: float | None) -> dict[str, Any] | None:
    return None if value is None or value < 0 else {"unit": "min", "value": round(value, 2)}


def _instant(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="milliseconds")
