"""Pages written by the tests' own writer: what was put in comes out, and what is damaged is told."""

import io
from datetime import timedelta

import numpy as np
import pytest

from transforms.errors import InputError
from transforms.readers import geneactiv_bin, open_reader


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_samples_come_out_as_they_went_in(gen, read, newline):
    pages, counts = gen.pages(7, newline=newline)
    found = read(gen.header(pages=7, newline=newline) + b"".join(pages), "x.bin")
    np.testing.assert_array_equal(found.counts, counts)
    gains, offsets = np.array(gen.GAINS), np.array(gen.OFFSETS)
    np.testing.assert_allclose(found.in_g, (counts * 100.0 - offsets) / gains, rtol=1e-12, atol=1e-12)
    assert np.diff(found.times_us).tolist() == [10_000] * 2099
    assert found.faults == []
    header = found.header
    assert (header.file_format, header.device_model) == ("geneactiv_bin", "GENEActiv 1.1")
    assert (header.sampling_rate_hz, header.range_g, header.configured_time_zone) == (100.0, 8.0, "+01:00")
    assert "Jane" not in repr(header)
    assert "1970" not in repr(header)


def test_light_temperature_and_button(gen, read):
    quiet, _ = gen.pages(2)
    pressed, _ = gen.pages(
        1, start=gen.START + timedelta(seconds=6), first_number=2, button=1, temperature="25,1"
    )
    found = read(gen.header(pages=3) + b"".join(quiet + pressed), "x.bin")
    np.testing.assert_allclose(found.companion("temperature_c"), [24.7, 24.7, 25.1], rtol=1e-6)
    np.testing.assert_allclose(found.companion("light_lux"), 20 * 1010 / 51, rtol=1e-6)
    assert found.companion("is_button_pressed").tolist() == [0, 0, 1]


@pytest.mark.parametrize("rate", [10.0, 30.0, 40.0, 60.0, 66.7, 75.0, 85.7, 100.0])
def test_rates_that_do_not_divide_evenly_leave_no_gap(gen, read, rate):
    # page times are told in half seconds
    pages = []
    for index in range(9):
        seconds = round(index * 300 / rate * 2) / 2
        pages += gen.pages(1, rate=rate, start=gen.START + timedelta(seconds=seconds), first_number=index)[0]
    found = read(gen.header(rate=f"{rate} Hz", pages=9) + b"".join(pages), "x.bin")
    assert found.segments == [(0, 2700)]
    assert found.header.sampling_rate_hz == rate
    assert found.faults == []


def test_half_a_second_too_much_is_a_gap(gen, read):
    first, _ = gen.pages(3, rate=50.0)
    later, _ = gen.pages(3, rate=50.0, start=gen.START + timedelta(seconds=18.5), first_number=3)
    found = read(gen.header(rate="50 Hz", pages=6) + b"".join(first + later), "x.bin")
    assert found.segments == [(0, 900), (1, 900)]
    (gap,) = found.faults
    assert (gap.cause, gap.sample_count, gap.ended_us - gap.started_us) == ("gap", 25, 500_000)


def test_a_damaged_page_costs_itself(gen, read):
    pages, counts = gen.pages(8)
    pages[2] = pages[2].replace(b"\r\n", b"\r\nG", 9)[:-1]  # a digit that is none
    pages[5] = pages[5][:-40] + b"\r\n"  # digits lost in the middle of the file
    found = read(gen.header(pages=8) + b"".join(pages), "x.bin")
    kept = np.repeat([index not in {2, 5} for index in range(8)], 300)
    np.testing.assert_array_equal(found.counts, counts[kept])
    assert found.causes() == ["unreadable_block", "unreadable_block"]
    assert [fault.sample_count for fault in found.faults] == [300, 300]


def test_bad_digits_at_the_end_of_the_file(gen, read):
    pages, counts = gen.pages(4)
    pages[3] = pages[3][:-3] + b"?\r\n"
    found = read(gen.header(pages=4) + b"".join(pages), "x.bin")
    np.testing.assert_array_equal(found.counts, counts[:900])
    assert found.causes() == ["unreadable_block"]


def test_a_page_without_its_time_follows_its_neighbours(gen, read):
    pages, counts = gen.pages(6)
    pages[3] = pages[3].replace(b"Page Time", b"Page T?me")
    found = read(gen.header(pages=6) + b"".join(pages), "x.bin")
    np.testing.assert_array_equal(found.counts, counts)
    assert np.diff(found.times_us).tolist() == [10_000] * 1799


@pytest.mark.parametrize("samples", [0, 1, 231, 299])
def test_a_cut_page_gives_its_whole_samples(gen, read, samples):
    pages, counts = gen.pages(4)
    content = gen.header(pages=50) + b"".join(pages[:3]) + pages[3][: -3602 + samples * 12 + 5]
    found = read(content, "x.bin")
    np.testing.assert_array_equal(found.counts, counts[: 900 + samples])
    assert set(found.causes()) == ({"truncated"} if samples else {"truncated", "unreadable_block"})


def test_repeated_and_swapped_pages(gen, read):
    pages, counts = gen.pages(8)
    pages[1], pages[3] = pages[3], pages[1]
    pages.insert(6, pages[5])
    found = read(gen.header(pages=8) + b"".join(pages), "x.bin")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.segments == [(0, 2400)]
    assert found.causes() == ["repeated_block"]


def test_numbers_that_begin_again_lose_no_page(gen, read):
    first, counts = gen.pages(4)
    later, more = gen.pages(4, start=gen.START + timedelta(hours=1), seed=2)
    found = read(gen.header(pages=8) + b"".join(first + later), "x.bin")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more)))
    assert sorted(found.causes()) == ["gap", "restart"]


def test_windows_do_not_matter(gen, read, monkeypatch):
    pages, counts = gen.pages(30, rate=85.7)
    content = gen.header(rate="85.7 Hz", pages=30) + b"".join(pages)
    whole = read(content, "x.bin")
    for window in (3000, 4000, 20_000):
        monkeypatch.setattr(geneactiv_bin, "WINDOW_BYTES", window)
        found = read(content, "x.bin")
        np.testing.assert_array_equal(found.counts, counts)
        np.testing.assert_array_equal(found.times_us, whole.times_us)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gain": (0, 25227, 25118)}, "damaged_header"),
        ({"gain": ("", 25227, 25118)}, "damaged_header"),
        ({"gain": ("1e300", 25227, 25118)}, "damaged_header"),
    ],
)
def test_without_calibration_there_are_no_g(gen, change, reason):
    content = gen.header(**change) + gen.pages(2)[0][0]
    with pytest.raises(InputError, match="lacks its calibration") as error:
        open_reader(io.BytesIO(content), "x.bin", len(content))
    assert error.value.reason_code == reason


def test_a_header_without_pages(gen):
    content = gen.header()
    with pytest.raises(InputError, match="without a page") as error:
        open_reader(io.BytesIO(content), "x.bin", len(content))
    assert error.value.reason_code == "no_readable_block"


def test_scan(gen):
    first, _ = gen.pages(40)
    later, _ = gen.pages(40, start=gen.START + timedelta(minutes=30), first_number=40)
    content = gen.header(pages=80) + b"".join(first + later)
    scan = open_reader(io.BytesIO(content), "x.bin", len(content)).scan()
    assert scan.sample_count == 24_000
    assert scan.gap_s == pytest.approx(1800 - 120)
    assert scan.ended_us - scan.started_us == (1800 + 120) * 1_000_000
    assert scan.faults == ()
