"""What a sensor measured of the day."""

from datetime import UTC, datetime

P1 = [{"participant_id": "P1"}]


def span(at, moderate=0.0, vigorous=0.0, worn=5.0, recording="wrist0000000", site="left_wrist"):
    return {
        "participant_id": "P1",
        "recording_id": recording,
        "body_site": site,
        "start_at": datetime.fromisoformat(at).replace(tzinfo=UTC),
        "worn_min": worn,
        "moderate_min": moderate,
        "vigorous_min": vigorous,
    }


def test_sensed_minutes_of_the_waking_day(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[
            night("2026-02-28", "2026-02-28T22:00", "2026-03-01T06:00"),
            night("2026-03-01", "2026-03-01T22:02"),
        ],
        activity_span=[
            span("2026-03-01T05:55", moderate=5),  # before waking
            span("2026-03-01T06:00", moderate=1),
            span("2026-03-01T12:00", vigorous=2),
            span("2026-03-01T21:55", moderate=4),  # ends at 22:00
            span("2026-03-01T22:00", moderate=5),  # reaches beyond lights-off
        ],
    )
    row = exposure_of(connection, "2026-03-01")
    assert (row["sensed_mvpa_min"], row["sensed_vigorous_min"], row["sensed_worn_h"]) == (7, 2, 0.25)
    assert row["sensed_body_site"] == "left_wrist"
    assert (row["exercise_met_min"], row["is_exercise_logged"]) == (None, False)


def test_the_device_that_was_worn_longest_counts_and_no_wear_is_unknown(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in (1, 2, 3)],
        activity_span=[
            span("2026-03-01T12:00", moderate=1, worn=4),
            span("2026-03-01T12:00", moderate=3, worn=5, recording="hip000000000", site="hip"),
            span("2026-03-02T12:00", worn=0.0),
            span("2026-03-03T12:00"),
        ],
    )
    minutes = [exposure_of(connection, f"2026-03-0{day}")["sensed_mvpa_min"] for day in (1, 2, 3)]
    assert minutes == [3, None, 0]
