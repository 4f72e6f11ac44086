"""ASA24 and NHANES: the real rows of ../shared/data, makers' forms, and broken twins."""

import io
import json
import struct
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


def transport_file(name, columns, rows):
    """Write a SAS transport file of version 5: one member, numbers of 8 bytes, after SAS TS-140."""

    def ibm(number):
        if number is None:
            return b"." + bytes(7)
        if number == 0:
            return bytes(8)
        sign, number, exponent = (0x80 if number < 0 else 0), abs(number), 64
        while number >= 1:
            number, exponent = number / 16, exponent + 1
        while number < 1 / 16:
            number, exponent = number * 16, exponent - 1
        return bytes([sign | exponent]) + int(number * 2**56).to_bytes(7, "big")

    def padded(data):
        return data + b" " * (-len(data) % 80)

    stamp = b"22NOV26:12:00:00"
    out = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    out += padded(b"SAS     SAS     SASLIB  6.06    bsd4.2  " + b" " * 24 + stamp) + padded(stamp)
    out += b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!" + b"0" * 16 + b"01600000000140  "
    out += b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    out += padded(b"SAS     " + name.ljust(8).encode() + b"SASDATA 6.06    bsd4.2  " + b" " * 24 + stamp)
    out += padded(stamp + b" " * 16 + b" " * 48)
    out += (
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
        + f"000000{len(columns):04}".encode()
        + b"0" * 20
        + b"  "
    )
    namestr = b""
    for place, column in enumerate(columns):
        namestr += struct.pack(
            ">hhhh8s40s8shhh2s8shhl52s", 1, 0, 8, place + 1, column.ljust(8).encode(), b" " * 40, b" " * 8, 0, 0, 0,
            b"  ", b" " * 8, 0, 0, 8 * place, b" " * 52,
        )  # fmt: skip
    out += padded(namestr)
    out += b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    return out + padded(b"".join(ibm(cell) for row in rows for cell in row))


SLQ = transport_file("SLQ_D", ["SEQN", "SLD010H", "SLQ070C", "SLQ150", "SLQ160"],
                     [(31127, 7, None, 0, 1), (31128, 99, 3, 4, 0), (31129, 6, None, 9, 7)])  # fmt: skip
DEMO = transport_file("DEMO_D", ["SEQN", "RIAGENDR", "RIDAGEYR", "WTMEC2YR", "SDMVPSU", "SDMVSTRA"],
                      [(31127, 1, 40, 1000.5, 1, 44), (31128, 2, 33, 2000.25, 2, 45), (31129, 2, 0, 3000, 1, 46)])  # fmt: skip
TOTALS = [
    transport_file(
        f"DR{n}TOT_D", ["SEQN", f"DR{n}DRSTZ", "WTDRD1", f"DR{n}TCAFF", f"DR{n}TMAGN", f"DR{n}TIRON"], rows
    )
    for n, rows in (
        (1, [(31127, 1, 500.0, 200, 300, 12), (31128, 2, 0, 999, 999, 99)]),
        (2, [(31127, 1, 500.0, 5.4e-79, 400, 14)]),
    )
]
FERTIN = transport_file("FERTIN_D", ["SEQN", "LBXFER", "LBDFERSI"], [(31128, 41.0, 41.0)])


class TestNhanes:
    def test_a_survey_without_sensors(self, imported):
        got = imported(
            {"nhanes/SLQ_D.XPT": SLQ, "nhanes/DEMO_D.xpt": DEMO, "nhanes/a.xpt": TOTALS[0], "nhanes/b.xpt": TOTALS[1], "nhanes/f.xpt": FERTIN}
        )  # fmt: skip
        assert got.diaries.rejected_entry.is_empty()
        rows = {row["participant_id"]: row for row in got.survey_person.iter_rows(named=True)}
        assert list(rows) == ["31127", "31128", "31129"]
        never, always, unknown = rows.values()
        assert (never["leg_jerk_frequency"], always["leg_jerk_frequency"], unknown["leg_jerk_frequency"]) == (
            "never",
            "almost_always",
            None,
        )
        assert (never["sex"], never["age_year"], always["sex"]) == ("male", 40, "female")
        assert (never["caffeine_mg"], never["magnesium_mg"], never["iron_mg"], never["recall_count"]) == (
            100,
            350,
            13,
            2,
        )
        assert (always["caffeine_mg"], always["recall_count"]) == (None, 0)  # not reliable
        assert (always["ferritin_ug_l"], always["has_restless_legs_diagnosis"], always["usual_sleep_h"]) == (
            41,
            True,
            None,
        )
        assert (never["exam_represented_count"], never["diet_represented_count"]) == (1000.5, 500.0)

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"nhanes/SLQ_D.XPT": SLQ[:600], "nhanes/DEMO_D.xpt": DEMO, "nhanes/x.xpt": b"SEQX,A\n1,2\n"}
        )
        assert got.survey_person.height == 3
        told = " ".join(reasons(got))
        assert "not a transport file that can be read" in told
        assert "not an export that is known" in told

    @pytest.mark.parametrize(("cycle", "first_seqn"), [("SLQ_D", 31127), ("SLQ_E", 41475)])
    def test_answers_are_the_codebooks(self, imported, shared_data, cycle, first_seqn):
        """A transport file with the frequencies that the codebook counts gives back its words and counts."""
        items = json.loads((shared_data / "NHANES_codebooks" / "SLQ_counts.json").read_text())[cycle]
        columns = ("SLQ150", "SLQ160", "SLQ070C")
        codes = {
            column: [
                None if code.startswith(".") else int(code.split()[0])
                for code, count in items[column]["counts"].items()
                for _ in range(count)
            ]
            for column in columns
        }
        size = len(codes["SLQ150"])
        rows = [
            (
                first_seqn + place,
                *(codes[column][place] if place < len(codes[column]) else None for column in columns),
            )
            for place in range(size)
        ]
        got = imported({f"nhanes/{cycle}.XPT": transport_file(cycle, ["SEQN", *columns], rows)})
        assert got.diaries.rejected_entry.is_empty()
        assert got.survey_person.height == size
        for column, name in (("SLQ150", "leg_jerk_frequency"), ("SLQ160", "leg_cramp_frequency")):
            counted = dict(got.survey_person[name].cast(pl.String).drop_nulls().value_counts().rows())
            words = ("never", "rarely", "sometimes", "often", "almost_always")
            wanted = [count for code, count in items[column]["counts"].items() if code[0] in "01234"]
            assert [counted[word] for word in words] == wanted
        assert (
            got.survey_person["has_restless_legs_diagnosis"].sum()
            == items["SLQ070C"]["counts"]["3 Restless Legs"]
        )

    def test_real_foods(self, imported, shared_data):
        """Source: dietaryindexNDP @ 964bd49, DR1IFF_E of three respondents; totals as the data's README states them."""
        content = (shared_data / "dietaryindexNDP" / "dr1iff.e.csv").read_bytes()
        got = imported({"nhanes/dr1iff.e.csv": content})
        rows = got.survey_person.select("participant_id", "caffeine_mg", "magnesium_mg", "iron_mg").rows()
        assert [(p, round(c), round(m), round(i, 2)) for p, c, m, i in rows] == [
            ("41475", 549, 244, 12.59),
            ("41476", 21, 265, 10.10),
            ("41477", 188, 99, 9.09),
        ]
        assert got.survey_person["caffeine_after_14h_mg"].is_not_null().all()


def test_the_transport_files_of_these_tests_are_what_pandas_reads():
    import pandas as pd

    frame = pd.read_sas(io.BytesIO(DEMO), format="xport")
    assert frame["WTMEC2YR"].tolist() == [1000.5, 2000.25, 3000]
