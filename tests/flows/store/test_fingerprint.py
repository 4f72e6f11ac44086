"""A fingerprint sees every part and no order of keys, and refuses what has no declared form."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import pytest

from flows.store.fingerprint import fingerprint
from transforms.errors import ContractError


@dataclass(frozen=True)
class Box:
    x: int
    y: tuple[str, ...] = ()


def test_every_part_counts_and_no_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}, "x") == fingerprint({"b": 2, "a": 1}, "x")
    different = [
        fingerprint(*parts)
        for parts in [
            (1, 2),
            (12,),
            ("1", 2),
            (2, 1),
            (None,),
            (False,),
            (0,),
            (Box(1),),
            (Box(2),),
            (Box(1, ("a",)),),
            (date(2026, 1, 1),),
            (datetime(2026, 1, 1, tzinfo=UTC),),
            (pl.DataFrame({"a": [1]}),),
            (pl.DataFrame({"a": [1.0]}),),
            (pl.DataFrame({"a": ["1"]}),),
            (pl.DataFrame({"b": [1]}),),
        ]
    ]
    assert len(set(different)) == len(different)


@pytest.mark.parametrize("value", [object(), {1, 2}, {1: "a"}, Box, b"x", [object()], Box(1, (object(),))])  # type: ignore[arg-type]
def test_what_has_no_declared_form_is_an_error(value: object) -> None:
    with pytest.raises(ContractError):
        fingerprint(value)
