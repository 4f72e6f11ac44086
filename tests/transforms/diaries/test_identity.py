"""Ids through a spreadsheet."""

import polars as pl
import pytest

from transforms.diaries.identity import is_pseudonym, match_ids


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
    ("written", "in_a_diary", "in_an_export"),
    [
        ("P01", True, True),
        ("sub-0012", True, True),
        ("144", True, True),
        ("THR01", True, True),
        ("A", True, True),
        ("anna", True, False),  # people name accounts and folders after themselves
        ("Jane Roe", False, False),
        ("jane.roe@example.org", False, False),
        ("203.0.113.77", False, False),
        ("1986-01-29", False, False),
        ("19860129", False, False),
        ("015112345678", False, False),
    ],
)
def test_ids_for_which_no_list_vouches(written, in_a_diary, in_an_export):
    found = [
        pl.select(is_pseudonym(pl.lit(written), is_export=is_export)).item() for is_export in (False, True)
    ]
    assert found == [in_a_diary, in_an_export]
