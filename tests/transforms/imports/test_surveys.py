"""REDCap and Qualtrics: forms, instances, codes of missing data, questionnaires, and what is never read."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from transforms.imports.questionnaires import ESS, KSS, PSS4, PSS10, STAI_STATE, items_of, score

DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
    "record_id,enrolment,,text,Record,,,,,,,,,,,,,\n"
    "full_name,enrolment,,text,Name,,,,,,y,,,,,,,\n"
    "drink_at,coffee_log,,text,When,,,datetime_ymd,,,,,,,,,,@LEGJUMPS=caffeine.taken_at\n"
    "drink_mg,coffee_log,,text,mg,,,number,,,,,,,,,,@LEGJUMPS=caffeine.caffeine_mg\n"
    'drink_kind,coffee_log,,dropdown,What,"1, Espresso | 2, Green tea",,,,,,,,,,,,@LEGJUMPS=caffeine.source\n'
    "drink_amount,coffee_log,,text,Amount,,,,,,,,,,,,,@LEGJUMPS=caffeine.amount\n"
    'drink_unit,coffee_log,,radio,Unit,"1, shot | 2, ml",,,,,,,,,,,,@LEGJUMPS=caffeine.unit\n'
    "drink_note,coffee_log,,notes,Notes,,,,,,,,,,,,,\n"
    "med_on,medication,,text,Day,,,date_ymd,,,,,,,,,,@LEGJUMPS=medication.start_date\n"
    "med_until,medication,,text,Day,,,date_ymd,,,,,,,,,,@LEGJUMPS=medication.end_date\n"
    'med_class,medication,,checkbox,Which,"1, Dopaminergic | 2, Iron",,,,,,,,,,,,@LEGJUMPS=medication.drug_class\n'
    + "".join(
        f'pss_{n},stress_form,,radio,Q{n},"0, Never | 1, Almost never | 2, Sometimes | 3, Fairly often | 4, Very often",,,,,,,,,,,,\n'
        for n in range(1, 11)
    )
)
PSS = [f"pss_{n}" for n in range(1, 11)]
HEADER = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,full_name,enrolment_complete,"
    "drink_at,drink_mg,drink_kind,drink_amount,drink_unit,drink_note,coffee_log_complete,"
    "med_on,med_until,med_class___1,med_class___2,medication_complete,stress_form_timestamp,"
    + ",".join(PSS)
    + ",stress_form_complete\n"
)


def line(record, instrument="", instance="", **cells):
    names = HEADER.strip().split(",")
    values = {"record_id": record, "redcap_event_name": "base_arm_1", "redcap_repeat_instrument": instrument,
              "redcap_repeat_instance": instance, **cells}  # fmt: skip
    return ",".join(f'"{values.get(name, "")}"' for name in names) + "\n"


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestRedcap:
    def test_repeating_instruments_boxes_and_codes(self, imported):
        export = HEADER + "".join(
            [
                line("7", full_name="MARKERNAME Roe", enrolment_complete="2", med_class___1="0", med_class___2="0",
                     stress_form_timestamp="2026-03-02 20:00:00", stress_form_complete="2", **dict.fromkeys(PSS, "1")),
                line("7", "coffee_log", "1", drink_at="2026-03-01 08:00", drink_mg="95", coffee_log_complete="2"),
                line("7", "coffee_log", "2", drink_at="2026-03-01 14:00", drink_mg="-99", drink_kind="1", drink_amount="2",
                     drink_unit="1", drink_note="MARKERNOTE", coffee_log_complete="0"),
                line("P01", "coffee_log", "1", drink_at="2026-03-01 08:00", drink_mg="NASK", drink_kind="Green tea",
                     drink_amount="237", drink_unit="ml", coffee_log_complete="Complete"),
                line("P01", med_on="2026-03-01", med_until="2026-03-05", med_class___1="1", med_class___2="1", medication_complete="2"),
                line("007", med_on="2026-03-01", med_until="2026-03-02", med_class___1="0", med_class___2="0", medication_complete="2"),
            ]
        )  # fmt: skip
        got = imported({"redcap/dict.csv": DICTIONARY, "redcap/data.csv": export})
        assert got.diaries.rejected_entry.rows() == []
        assert got.diaries.caffeine_intake.select(
            "participant_id", "taken_at", "caffeine_mg", "source"
        ).rows() == [
            ("007", utc("2026-03-01T13:00"), 95.0, None),
            ("007", utc("2026-03-01T19:00"), 128.0, "espresso"),
            ("P01", utc("2026-03-01T07:00"), 28.0, "green_tea"),
        ]
        # the first row of record 7 never opened the form of medicines: its boxes of 0 say nothing
        assert got.diaries.medication_use.select("participant_id", "start_date", "drug_class").rows() == [
            ("007", date(2026, 3, 1), "none"),
            ("P01", date(2026, 3, 1), "dopaminergic"),
            ("P01", date(2026, 3, 1), "iron"),
        ]
        # 1 on each item: six as they are, four reversed to 3
        assert got.diaries.stress_rating.select("participant_id", "scale", "score").rows() == [
            ("007", "pss10", 18.0)
        ]
        everything = "".join(frame.write_json() for frame in got.datasets().values())
        assert "MARKER" not in everything + got.diaries.rejected_entry.write_json()

    def test_a_labelled_export_scores_as_a_raw_one(self, imported):
        when = {"stress_form_timestamp": "2026-03-02 20:00:00", "stress_form_complete": "Complete"}
        raw = line("7", **when, **dict.fromkeys(PSS, "1"))
        labelled = line("P01", **when, **dict.fromkeys(PSS, "Almost never"))
        got = imported({"redcap/dict.csv": DICTIONARY, "redcap/data.csv": HEADER + raw + labelled})
        assert got.diaries.rejected_entry.is_empty()
        assert got.diaries.stress_rating.select("participant_id", "score").rows() == [
            ("007", 18.0),
            ("P01", 18.0),
        ]

    def test_broken_twin(self, imported, reasons):
        export = HEADER + line(
            "7", "coffee_log", "1", drink_at="soon", drink_mg="95", coffee_log_complete="2"
        )
        got = imported({"redcap/dict.csv": DICTIONARY, "redcap/data.csv": export})
        assert got.diaries.caffeine_intake.is_empty()
        assert len(reasons(got)) == 1
        assert reasons(imported({"redcap/data.csv": export})) == [
            "REDCap's data dictionary is missing; download it and lay it beside the export"
        ]


QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientLastName,"
    "RecipientFirstName,RecipientEmail,ExternalReference,LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,"
    "PSS4_1,PSS4_2,PSS4_3,PSS4_4,KSS,Q9\n"
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,Recipient Last Name,"
    "Recipient First Name,Recipient Email,External Data Reference,Location Latitude,Location Longitude,Distribution Channel,User Language,"
    '"In the last month,\nhow often ...",b,c,d,How sleepy,Tell us more\n'
    + ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(23))
    + "\n"
)


def response(status="IP Address", reference="7.0", pss="1,2,3,4", kss="7", end="2026-03-01 20:15:00"):
    return (
        f"2026-03-01 20:00:00,{end},{status},203.0.113.77,100,300,True,2026-03-01 20:15:05,R_abc,MARKERLAST,MARKERFIRST,"
        f"marker@example.org,{reference},52.52000,13.40500,email,EN,{pss},{kss},MARKERTEXT in words\n"
    )


class TestQualtrics:
    def test_answers_in_words(self, imported):
        answers = "Almost Never,Sometimes,3 = Fairly often,4"
        got = imported({"qualtrics/survey.csv": QUALTRICS + response(pss=answers)})
        assert got.diaries.rejected_entry.is_empty()
        assert got.diaries.stress_rating["score"].to_list() == [1 + (4 - 2) + (4 - 3) + 4]

    def test_scores_times_and_people(self, imported):
        got = imported({"qualtrics/survey.csv": QUALTRICS + response()})
        assert got.diaries.rejected_entry.rows() == []
        row = got.diaries.stress_rating.row(0, named=True)
        assert (row["participant_id"], row["scale"]) == ("007", "pss4")
        assert row["score"] == 1 + (4 - 2) + (4 - 3) + 4
        assert row["rated_at"] == utc("2026-03-02T01:15")  # the account's zone is the study's, New York
        assert got.diaries.daytime_rating.select("scale", "score").rows() == [("kss", 7.0)]
        everything = "".join(frame.write_json() for frame in got.datasets().values())
        for marker in ("MARKER", "marker", "203.0.113", "52.52", "13.405"):
            assert marker not in everything

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {
                "qualtrics/survey.csv": QUALTRICS
                + response(status="Survey Preview")
                + response(reference="stranger MARKERPERSON")
                + response(pss="0,2,3,5")
                + response(pss="1,,3,4", kss="")
            }
        )
        assert got.diaries.stress_rating.is_empty()
        assert got.diaries.daytime_rating.height == 1
        told = " ".join(reasons(got))
        for word in ("preview", "no such participant", "outside 0 to 4", "1 of 4 answers"):
            assert word in told
        assert "MARKER" not in got.diaries.rejected_entry.write_json()


@pytest.mark.parametrize(
    ("key", "answers", "total"),
    [
        (PSS10, [0] * 10, 16),
        (PSS10, [4] * 10, 24),
        (PSS10, [3, 2, 3, 3, 2, 2, 2, 2, 3, 1], 3 + 2 + 3 + 1 + 2 + 2 + 2 + 2 + 3 + 1),
        (PSS4, [4, 0, 0, 4], 16),
        (STAI_STATE, [1] * 20, 50),
        (STAI_STATE, [4 if n in STAI_STATE.reversed_items else 1 for n in range(1, 21)], 20),
        (ESS, [3] * 8, 24),
        (KSS, [9], 9),
    ],
)
def test_scores_by_hand(key, answers, total):
    value, reason = score([pl.lit(float(answer)) for answer in answers], key)
    assert (pl.select(value).item(), pl.select(reason).item()) == (total, None)


def test_items_are_told_by_their_names():
    columns = ["pss4_1", "pss4_2", "pss4_3", "pss4_4", *(f"PSS_{n:02}" for n in range(1, 11)), "kss"]
    assert items_of(columns, PSS4) == ["pss4_1", "pss4_2", "pss4_3", "pss4_4"]
    assert items_of(columns, PSS10) == [f"PSS_{n:02}" for n in range(1, 11)]
    assert items_of(columns, KSS) == ["kss"]
    assert items_of(columns, ESS) is None


def test_real_pss_answers(shared_data):
    """BioPsyKit's 38 people; its twin has answers on a scale from 1."""
    right = pl.read_csv(shared_data / "BioPsyKit" / "questionnaire_sample.csv")
    items = items_of(right.columns, PSS10)
    value, reason = score([pl.col(item).cast(pl.Float64) for item in items], PSS10)
    scored = right.select(value.alias("score"), reason.alias("reason"))
    assert scored["reason"].null_count() == right.height == 38
    first = right.row(0, named=True)
    by_hand = sum(4 - first[i] if int(i[-2:]) in {4, 5, 7, 8} else first[i] for i in items)
    assert scored["score"][0] == by_hand == 21
    wrong = pl.read_csv(shared_data / "BioPsyKit" / "questionnaire_sample_wrong_range.csv")
    items = items_of(wrong.columns, PSS10)
    refused = wrong.select(score([pl.col(item).cast(pl.Float64) for item in items], PSS10)[1].alias("r"))["r"]
    assert refused.null_count() < wrong.height
