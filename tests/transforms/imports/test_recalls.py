"""ASA24: the real rows of ../shared/data, makers' forms, and broken twins."""

from datetime import UTC, datetime

import polars as pl
import pytest

from transforms.schema import PARTICIPANT

NOBODY = pl.DataFrame(schema=PARTICIPANT)
INF = (
    "RecallRecId,UserName,UserID,RecallNo,RecallAttempt,RecallStatus,IntakeStartDateTime,IntakeEndDateTime,ReportingDate,Lang,"
    "Occ_No,Occ_Time,Occ_Name,CAFF,CALC,IRON,MAGN,VB6,VB12,Food_Description\n"
)


def item(recall, user, status, eaten, caffeine, magnesium=10):
    return f"{recall},{user},u,1,0,{status},01/18/2022 0:00,01/18/2022 23:59,01/19/2022,1,1,{eaten},1,{caffeine},20,1.5,{magnesium},0.1,0.2,MARKERFOOD with milk\n"


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestAsa24:
    def test_items_have_hours_and_only_complete_recalls_count(self, imported, reasons):
        got = imported(
            {
                "asa24/INF.csv": INF
                + item("r1", "7.0", 2, "01/18/2022 8:00", 95)
                + item("r1", "7.0", 2, "01/18/2022 19:30", 40)
                + item("r1", "7.0", 2, "01/18/2022 12:00", 0)
                + item("r2", "P01", "5", "01/18/2022 12:00", 500)
                + item("r3", "P01", 2, "01/18/2022 12:00", 0)
            }
        )
        assert got.diaries.caffeine_intake.select("participant_id", "taken_at", "caffeine_mg").rows() == [
            ("007", utc("2022-01-18T13:00"), 95.0),
            ("007", utc("2022-01-19T00:30"), 40.0),
            ("P01", None, 0.0),
        ]
        days = got.diaries.nutrient_day.select(
            "participant_id", "origin", "magnesium_mg", "calcium_mg"
        ).rows()
        assert days == [("007", "food", 30.0, 60.0), ("P01", "food", 10.0, 20.0)]
        assert reasons(got) == ["the recall is not complete"]
        assert "MARKER" not in got.diaries.nutrient_day.write_json() + got.diaries.rejected_entry.write_json()

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"asa24/INF.csv": INF + item("r1", "7", 2, "25/18/2022 8:00", "much") + item("r1", "8", 2, "", 1)}
        )
        assert got.diaries.caffeine_intake.is_empty()
        assert [r.split(";")[0] for r in reasons(got)] == [
            "no such day in the calendar",
            "not a number",
            "no such participant in participants.csv",
        ]

    def test_real_totals(self, imported, shared_data):
        """Source: dietaryindex @ 882f684, ASA24_exp.csv: 42 recalls, mean caffeine 58.5 mg; two a day and person."""
        content = (shared_data / "dietaryindex" / "ASA24_exp.csv").read_bytes()
        got = imported({"asa24/totals.csv": content}, NOBODY).diaries
        assert got.rejected_entry.is_empty()
        assert got.caffeine_intake["taken_at"].null_count() == got.caffeine_intake.height
        per_day = got.caffeine_intake.group_by("participant_id", "logged_date").agg(
            pl.col("caffeine_mg").sum()
        )
        assert per_day.height == 21
        assert per_day["caffeine_mg"].mean() == pytest.approx(58.5211, abs=1e-4)
        table = pl.read_csv(content)
        assert got.nutrient_day["magnesium_mg"].mean() == pytest.approx(table["MAGN"].mean())
        assert got.nutrient_day["vitamin_b12_ug"].sum() == pytest.approx(table["VB12"].sum() / 2)

    def test_real_items(self, imported, shared_data):
        """Source: dietaryindex @ 882f684, ASA24_exp_detailed.csv: 383 foods of 21 people."""
        content = (shared_data / "dietaryindex" / "ASA24_exp_detailed.csv").read_bytes()
        got = imported({"asa24/items.csv": content}, NOBODY).diaries
        table = pl.read_csv(content, infer_schema=False).with_columns(pl.col("CAFF", "IRON").cast(pl.Float64))
        assert got.rejected_entry.is_empty()
        doses = got.caffeine_intake.filter(pl.col("caffeine_mg") > 0)
        assert doses.height == table.filter(pl.col("CAFF") > 0).height
        assert doses["caffeine_mg"].sum() == pytest.approx(table["CAFF"].sum())
        assert doses["taken_at"].null_count() == 0
        first = doses.filter(pl.col("participant_id") == "THR01")["taken_at"].to_list()
        assert first == [
            utc("2022-01-18T12:00"),
            utc("2022-01-18T22:00"),
            utc("2022-01-19T04:00"),
        ]  # New York
        assert got.nutrient_day["iron_mg"].sum() == pytest.approx(table["IRON"].sum())

    def test_totals_of_recalls_with_items_are_not_taken_again(self, imported, shared_data):
        folder = shared_data / "dietaryindex"
        files = {name: (folder / name).read_bytes() for name in ("ASA24_exp.csv", "ASA24_exp_detailed.csv")}
        got = imported({f"asa24/{name}": content for name, content in files.items()}, NOBODY).diaries
        # of each of the 21 people in the totals the second recall alone is left: half of the first
        assert got.nutrient_day.height == 42
