"""Ids through a spreadsheet."""

import polars as pl
import pytest

from transforms.diaries.identity import match_ids


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
