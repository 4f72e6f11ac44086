"""Ids through a spreadsheet."""

import polars as pl
import pytest

from transforms.diaries.identity import is_code, match_ids, names_somebody


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("00123", ["00123"], "00123"),
        ("123", ["00123", "00124"], "00123"),
        ("123.0", ["00123"], "00123"),
        ("144.00", ["144"], "144"),
        ("144,00", ["144"], "144"),
        (" p01 ", ["P01"], "P01"),
        ("123", ["00123", "123"], "123"),  # written as listed
        ("0123", ["00123", "123"], None),  # could be either
        ("124", ["00123"], None),
        ("0", ["000"], "000"),
        ("1.5", ["15", "1.5"], "1.5"),
        ("", ["P01"], None),
        (None, ["P01"], None),
        ("anyone", [], "anyone"),
        ("0012.0", [], "0012"),
    ],
)
def test_whom_an_id_means(written, known, meant):
    found = match_ids(pl.Series([written], dtype=pl.String), pl.Series(known, dtype=pl.String))
    assert found.to_list() == [meant]


@pytest.mark.parametrize(
    ("written", "is_a_code"),
    [
        *((code, True) for code in ("P01", "p1", "sub-0012", "144", "00123", "1000123", "THR01", "THR12a", "A", "AB", "A.1", "f52ae861")),
        *((code, True) for code in ("subject12", "Participant 3", "control_07", "2024-17", "S1-02b", "person_0a1b2c3d", "person_19860129", "LEAVER01", "12-01-003")),
        *((name, False) for name in ("anna", "Ann", "Okonkwo", "Okonkwo-Reyes", "okonkwo1", "Jane Roe", "J. Roe", "subject Roe")),
        *((name, False) for name in ("jane.roe@example.org", "203.0.113.77", "1986-01-29", "29/01/2006", "19860129", "015112345678", "person_okonkwo")),
    ],
)  # fmt: skip
def test_an_id_that_may_be_a_name_is_no_code(written, is_a_code):
    assert pl.select(is_code(pl.lit(written))).item() == is_a_code


@pytest.mark.parametrize(
    ("written", "is_sure"),
    [
        ("anna", False),
        ("P01", False),
        ("Jane Roe", True),
        ("jane.roe@example.org", True),
        ("1986-01-29", True),
    ],
)
def test_what_can_be_nothing_else_than_a_name(written, is_sure):
    assert pl.select(names_somebody(pl.lit(written))).item() == is_sure
