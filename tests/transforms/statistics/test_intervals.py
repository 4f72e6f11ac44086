"""Student's t as tables print it."""

import pytest

from transforms.statistics.intervals import student_t_ratios


@pytest.mark.parametrize(
    ("participants", "ratio"), [(2, 12.706), (3, 4.303), (6, 2.571), (31, 2.042), (1000, 1.960)]
)
def test_printed_quantiles(participants, ratio):
    table = dict(student_t_ratios(0.95, 1000).rows())
    assert table[participants] == pytest.approx(ratio, abs=5e-4)


def test_one_row_for_each_number_of_participants():
    table = student_t_ratios(0.9, 50)
    assert table["participant_count"].to_list() == list(range(2, 51))
    assert table["student_t_ratio"].is_sorted(descending=True)
