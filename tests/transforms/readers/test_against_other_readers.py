"""Every sample of generated and real files against independent readers.

References: actfast 1.3, scikit-digital-health 0.17, actipy 3.8 (its filters and calibration off) and pygt3x 0.7. actfast is
a test dependency; the others belong to the extra ``benchmark``, and their tests are skipped where they are absent.
Tested: samples, exactly where the reference keeps them (float32 where it stores them so); times to the tolerance
told beside each.
Decided here, where a reference is not right:
- actfast finds no sample in ACTIVITY2 records: it decodes record type 0 only. The maker's text describes type 26 as
  ours is written, pygt3x and actipy read our files of it exactly, and actfast gives the same samples once they are
  packed as type 0 (`test_actfast_reads_only_packed_activity`).
- actfast takes scale and rate from a PARAMETERS record and from nowhere else, so generated files carry one.
- scikit-digital-health and actipy leave out the fraction of a second of Axivity's marks: up to a sample period.
- scikit-digital-health refuses AX6 files without gyroscope or with a range of 4 g or less, and files with a damaged
  block or page.
- actipy rounds ActiGraph samples to thousandths of g as ActiLife does, and divides positive Matrix counts by 32767.
- pygt3x repeats the last sample while an ActiGraph device sleeps: those rows are no samples.
NOT tested: times of others within a block, which they run at the nominal rate; see test_axivity_files.py.
"""

import contextlib
import importlib.util
import io
import struct
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from transforms.readers import open_reader

ONE_SAMPLE = {"packed50.cwa": 21_100, "packed200.cwa": 6_100}
"""The fraction that is left out, and actipy's rounding to milliseconds [us]; 11 ms at 100 Hz."""


def ours(path):
    """Return times [us], acceleration [g], rotation [deg/s] or None, and the reader."""
    with path.open("rb") as stream:
        reader = open_reader(stream, path.name, path.stat().st_size)
        chunks = list(reader.chunks())
    header = reader.header
    counts = np.concatenate([chunk.counts for chunk in chunks])
    values_g = counts * np.array(header.scale_g_per_count) + np.array(header.offset_g)
    rotation = None
    if chunks[0].gyro_counts is not None:
        rotation = np.concatenate([chunk.gyro_counts for chunk in chunks]) * np.array(
            header.gyro_scale_deg_per_s_per_count
        )
    return np.concatenate([chunk.times_us for chunk in chunks]), values_g, rotation, reader


def read_actfast(path, **options):
    actfast = pytest.importorskip("actfast")
    series = actfast.read(str(path), **options)["timeseries"]
    fast = series.get("high_frequency", series.get("acceleration"))
    return fast["datetime"] / 1000, fast["acceleration"], fast.get("gyroscope")


def read_skdh(path):
    pytest.importorskip("skdh", reason="scikit-digital-health is not installed (extra benchmark)")
    from skdh.io import ReadBin, ReadCwa

    reader = ReadCwa() if path.suffix == ".cwa" else ReadBin()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = reader.predict(file=str(path))
    return found["time"] * 1e6, found["accel"], found.get("gyro")


def read_actipy(path):
    actipy = pytest.importorskip("actipy", reason="actipy is not installed (extra benchmark)")
    with contextlib.redirect_stdout(io.StringIO()):
        table, _ = actipy.read_device(
            str(path),
            lowpass_hz=None,
            calibrate_gravity=False,
            detect_nonwear=False,
            resample_hz=None,
            verbose=False,
        )
    rotation = [name for name in table.columns if name.startswith("gyro")]
    return (
        table.index.to_numpy().astype("datetime64[us]").astype(np.int64),
        table[["x", "y", "z"]].to_numpy(),
        table[rotation].to_numpy() if rotation else None,
    )


def read_pygt3x(path):
    pytest.importorskip("pygt3x", reason="pygt3x is not installed (extra benchmark)")
    from pygt3x.reader import FileReader

    with FileReader(str(path)) as reader:
        table = reader.to_pandas()
    return table.index.to_numpy() * 1e6, table[["X", "Y", "Z"]].to_numpy(), table["IdleSleepMode"].to_numpy()


def six_axes(cwa, *, axes, range_g, block_count=150, rate_hz=100):
    """Unpacked blocks of an AX6 with gyroscope (0x62) or without (0x32)."""
    count, width = {0x62: (40, 6), 0x32: (80, 3)}[axes]
    values = np.random.default_rng(range_g).integers(-32768, 32768, (block_count, count, width)).astype("<i2")
    scale_code = {16: 3, 8: 4, 4: 5, 2: 6}[range_g]
    return cwa.header(range_g=range_g, hardware=0x64, gyro_code=2) + b"".join(
        cwa.block(
            values[index].tobytes(),
            count=count,
            number=index,
            at=cwa.START + timedelta(seconds=count / rate_hz * index),
            axes=axes,
            range_g=range_g,
            light=scale_code << 13 | 4 << 10 | 30,
        )
        for index in range(block_count)
    )


@pytest.fixture(scope="module")
def generated(tmp_path_factory, cwa, gen, gt3x):
    """One file of every kind of block that is written, by name."""
    spec = importlib.util.spec_from_file_location(
        "matrix_packets", Path(__file__).with_name("test_matrix_genea_unisens.py")
    )
    packets = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(packets)
    contents = {
        f"packed{rate}.cwa": cwa.header(rate_hz=rate) + b"".join(cwa.packed_blocks(60, rate_hz=rate)[0])
        for rate in (50, 100, 200)
    }
    contents["old_stamps.cwa"] = cwa.header() + b"".join(cwa.packed_blocks(60, has_fraction=False)[0])
    blocks, _ = cwa.packed_blocks(60)
    contents["lost_blocks.cwa"] = cwa.header() + b"".join(blocks[:20] + blocks[31:])
    contents |= {f"ax6_{span}g.cwa": six_axes(cwa, axes=0x62, range_g=span) for span in (16, 8, 4, 2)}
    contents["ax6_no_gyroscope.cwa"] = six_axes(cwa, axes=0x32, range_g=8)
    for rate in (50.0, 85.7, 100.0):
        pages, _ = gen.pages(40, rate=rate)
        contents[f"geneactiv{rate:g}.bin"] = gen.header(rate=f"{rate:g} Hz", pages=40) + b"".join(pages)
    for kind in (gt3x.activity, gt3x.activity2):
        for rate in (30, 100):
            settings = gt3x.parameters(counts_per_g=256.0, rate_hz=rate)
            records, _ = gt3x.seconds(40, rate=rate, kind=kind)
            contents[f"{kind.__name__}_{rate}.gt3x"] = gt3x.gt3x(
                settings + b"".join(records), rate=str(rate), last_s=gt3x.START_S + 40
            )
    contents["matrix.bin"] = packets.matrix(packets.matrix_packets(5, gyro=True)[0])
    folder = tmp_path_factory.mktemp("generated")
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


PACKED = ["packed50.cwa", "packed100.cwa", "packed200.cwa", "old_stamps.cwa", "lost_blocks.cwa"]
WITH_GYRO = ["ax6_16g.cwa", "ax6_8g.cwa", "ax6_4g.cwa", "ax6_2g.cwa"]
GENEACTIV = ["geneactiv50.bin", "geneactiv85.7.bin", "geneactiv100.bin"]
REAL_CWA = [
    "GGIRread/ax3_testfile.cwa",
    "GGIRread/ax6_testfile.cwa",
    "scikit-digital-health/ax3_sample.cwa",
    "scikit-digital-health/ax6_sample.cwa",
]
REAL_BIN = ["scikit-digital-health/gnactv_sample.bin", "sleeppy/test_geneactiv.bin"]
DAMAGED_CWA = "GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"
REAL_MATRIX = ["mtx_100Hz_acc_HR_temp.BIN", "mtx_12.5Hz_acc.BIN", "mtx_25Hz_acc_HR.BIN", "mtx_corrupted.bin"]


def as_stored_singles(values):
    """Return what float32 keeps of a value: what actfast and actipy give."""
    return np.asarray(values).astype(np.float32)


@pytest.mark.parametrize("name", [*PACKED, *WITH_GYRO, "ax6_no_gyroscope.cwa"])
def test_generated_axivity_files_equal_actfast(generated, name):
    times_us, values_g, rotation, _ = ours(generated / name)
    reference_us, reference_g, reference_rotation = read_actfast(generated / name)
    np.testing.assert_array_equal(values_g, reference_g)
    if name in WITH_GYRO:
        np.testing.assert_array_equal(rotation, reference_rotation)
    # marks carry 1/32768 s
    np.testing.assert_allclose(times_us, reference_us, atol=31, rtol=0)


@pytest.mark.parametrize("name", GENEACTIV)
def test_generated_geneactiv_files_equal_actfast(generated, name):
    times_us, values_g, _, _ = ours(generated / name)
    reference_us, reference_g, _ = read_actfast(generated / name)
    np.testing.assert_array_equal(as_stored_singles(values_g), reference_g)
    # page times have milliseconds, a page of 85.7 Hz lasts 3500.58
    np.testing.assert_allclose(times_us, reference_us, atol=600, rtol=0)


@pytest.mark.parametrize("rate", [30, 100])
def test_actfast_reads_only_packed_activity(generated, gt3x, rate):
    times_us, values_g, _, _ = ours(generated / f"activity_{rate}.gt3x")
    reference_us, reference_g, _ = read_actfast(generated / f"activity_{rate}.gt3x")
    np.testing.assert_array_equal(values_g, reference_g)
    np.testing.assert_allclose(times_us, reference_us, atol=1, rtol=0)
    # the same samples as type 26: none for actfast, the same for us
    _, nothing, _ = read_actfast(generated / f"activity2_{rate}.gt3x")
    assert len(nothing) == 0
    times_of_26_us, values_of_26_g, _, _ = ours(generated / f"activity2_{rate}.gt3x")
    np.testing.assert_array_equal(values_of_26_g, values_g)
    np.testing.assert_array_equal(times_of_26_us, times_us)


def test_the_makers_example_of_activity2(gt3x, read):
    """The first values of the example in the maker's text (LogRecords/Activity2.md): 48, -52, 322 counts at byte 6."""
    example = bytes.fromhex("000000000000 3000ccff4201 0300faff0101 0200fcff0201 0100fdff0101")
    found = read(
        gt3x.gt3x(b"".join(gt3x.record(26, gt3x.START_S + second, example) for second in range(9))), "x.gt3x"
    )
    assert found.counts[:4].tolist() == [[0, 0, 0], [48, -52, 322], [3, -6, 257], [2, -4, 258]]
    assert struct.unpack("<3h", example[6:12]) == (48, -52, 322)


@pytest.mark.parametrize("name", [*PACKED[:4], *WITH_GYRO[:2]])
def test_generated_axivity_files_equal_scikit_digital_health(generated, name):
    times_us, values_g, rotation, _ = ours(generated / name)
    reference_us, reference_g, reference_rotation = read_skdh(generated / name)
    np.testing.assert_array_equal(values_g, reference_g)
    if rotation is not None:
        np.testing.assert_array_equal(rotation, reference_rotation)
    np.testing.assert_allclose(times_us, reference_us, atol=ONE_SAMPLE.get(name, 11_000), rtol=0)


@pytest.mark.parametrize("name", GENEACTIV)
def test_generated_geneactiv_files_equal_scikit_digital_health(generated, name):
    times_us, values_g, _, _ = ours(generated / name)
    reference_us, reference_g, _ = read_skdh(generated / name)
    np.testing.assert_allclose(values_g, reference_g, atol=2e-15, rtol=0)
    np.testing.assert_allclose(times_us, reference_us, atol=600, rtol=0)


def test_scikit_digital_health_refuses_what_we_read(generated, shared_data):
    for path in (
        *(generated / f"ax6_{kind}.cwa" for kind in ("no_gyroscope", "4g", "2g")),
        shared_data / DAMAGED_CWA,
        shared_data / "GGIRread" / "GENEActiv_testfile.bin",
    ):
        assert len(ours(path)[1])
        with pytest.raises(RuntimeError):
            read_skdh(path)


@pytest.mark.parametrize("name", [*PACKED, *WITH_GYRO, "ax6_no_gyroscope.cwa"])
def test_generated_axivity_files_equal_actipy(generated, name):
    times_us, values_g, rotation, _ = ours(generated / name)
    reference_us, reference_g, reference_rotation = read_actipy(generated / name)
    np.testing.assert_array_equal(values_g, reference_g)
    if rotation is not None:
        np.testing.assert_allclose(rotation, reference_rotation, atol=1e-4, rtol=0)
    np.testing.assert_allclose(times_us, reference_us, atol=ONE_SAMPLE.get(name, 11_000), rtol=0)


@pytest.mark.parametrize("name", GENEACTIV)
def test_generated_geneactiv_files_equal_actipy(generated, name):
    _, values_g, _, _ = ours(generated / name)
    np.testing.assert_array_equal(as_stored_singles(values_g), read_actipy(generated / name)[1])


@pytest.mark.parametrize("name", ["activity_30.gt3x", "activity2_30.gt3x", "activity2_100.gt3x"])
def test_generated_actigraph_files_equal_actipy_to_its_rounding(generated, name):
    times_us, values_g, _, _ = ours(generated / name)
    reference_us, reference_g, _ = read_actipy(generated / name)
    np.testing.assert_allclose(values_g, reference_g, atol=5.01e-4, rtol=0)
    np.testing.assert_allclose(times_us, reference_us, atol=1000, rtol=0)


@pytest.mark.parametrize("rate", [30, 100])
@pytest.mark.parametrize("kind", ["activity", "activity2"])
def test_generated_actigraph_files_equal_pygt3x(generated, kind, rate):
    times_us, values_g, _, _ = ours(generated / f"{kind}_{rate}.gt3x")
    reference_us, reference_g, is_asleep = read_pygt3x(generated / f"{kind}_{rate}.gt3x")
    np.testing.assert_array_equal(values_g, reference_g)
    np.testing.assert_allclose(times_us, reference_us, atol=1, rtol=0)
    assert not is_asleep.any()


def test_generated_matrix_files_equal_actipy(generated):
    times_us, values_g, rotation, _ = ours(generated / "matrix.bin")
    reference_us, reference_g, reference_rotation = read_actipy(generated / "matrix.bin")
    np.testing.assert_allclose(values_g, reference_g, atol=8 / 32768, rtol=1e-5)
    np.testing.assert_allclose(rotation, reference_rotation, atol=2000 / 32768 + 1e-3, rtol=0)
    np.testing.assert_array_equal(times_us, reference_us)


@pytest.mark.parametrize("name", REAL_CWA)
def test_real_axivity_files_equal_the_others(shared_data, name):
    times_us, values_g, rotation, reader = ours(shared_data / name)
    period_us = 1e6 / reader.header.sampling_rate_hz
    for other in (read_skdh, read_actipy):
        reference_us, reference_g, reference_rotation = other(shared_data / name)
        np.testing.assert_array_equal(values_g, reference_g)
        if rotation is not None:
            np.testing.assert_allclose(rotation, reference_rotation, atol=1e-4, rtol=0)
        # the fraction that they leave out, and the nominal rate within a block of a sensor that is 1.2 % slow
        assert np.abs(times_us - reference_us).max() < period_us + 16_000


def test_a_real_axivity_file_with_damaged_blocks_equals_actipy(shared_data):
    _, values_g, _, _ = ours(shared_data / DAMAGED_CWA)
    np.testing.assert_array_equal(values_g, read_actipy(shared_data / DAMAGED_CWA)[1])


@pytest.mark.parametrize("name", REAL_BIN)
def test_real_geneactiv_files_equal_the_others(shared_data, name):
    times_us, values_g, _, _ = ours(shared_data / name)
    for other in (read_skdh, read_actipy):
        reference_us, reference_g, _ = other(shared_data / name)
        np.testing.assert_array_equal(as_stored_singles(values_g), as_stored_singles(reference_g))
        np.testing.assert_allclose(times_us, reference_us, atol=1, rtol=0)


def test_actipy_leaves_out_the_page_that_was_cut(shared_data):
    path = shared_data / "GGIRread" / "GENEActiv_testfile.bin"
    _, values_g, _, _ = ours(path)
    _, reference_g, _ = read_actipy(path)
    assert (len(values_g), len(reference_g)) == (5031, 4800)
    np.testing.assert_array_equal(as_stored_singles(values_g[:4800]), reference_g)


def test_a_real_actigraph_file_equals_pygt3x_but_for_its_repetitions(shared_data):
    path = shared_data / "GGIR" / "actigraph_testfile.gt3x"
    times_us, values_g, _, _ = ours(path)
    reference_us, reference_g, is_asleep = read_pygt3x(path)
    assert (len(reference_g), int(is_asleep.sum())) == (53_040, 35_400)
    awake = is_asleep == 0
    np.testing.assert_array_equal(values_g, reference_g[awake])
    np.testing.assert_allclose(times_us, reference_us[awake], atol=1, rtol=0)


def test_a_real_actigraph_file_equals_actipy_to_its_rounding(shared_data):
    path = shared_data / "GGIR" / "actigraph_testfile.gt3x"
    times_us, values_g, _, _ = ours(path)
    reference_us, reference_g, _ = read_actipy(path)
    np.testing.assert_allclose(values_g, reference_g, atol=5.01e-4, rtol=0)
    np.testing.assert_allclose(times_us, reference_us, atol=1000, rtol=0)


@pytest.mark.parametrize("name", REAL_MATRIX)
def test_real_matrix_files_equal_actipy(shared_data, name):
    times_us, values_g, _, _ = ours(shared_data / "GGIRread" / name)
    reference_us, reference_g, _ = read_actipy(shared_data / "GGIRread" / name)
    np.testing.assert_allclose(values_g, reference_g, atol=8 / 32768, rtol=0)
    # cut to milliseconds there
    np.testing.assert_allclose(times_us, reference_us, atol=1001, rtol=0)


def test_real_matrix_rotation_equals_actipy_where_its_two_axes_meet(shared_data):
    path = shared_data / "GGIRread" / "mtx_12.5Hz_acc_gyro.BIN"
    _, values_g, rotation, _ = ours(path)
    _, reference_g, reference_rotation = read_actipy(path)
    read_g = reference_g[~np.isnan(reference_g).any(axis=1)]
    read_rotation = reference_rotation[~np.isnan(reference_rotation).any(axis=1)]
    assert len(reference_g) == 2726
    np.testing.assert_allclose(values_g, read_g, atol=8 / 32768, rtol=0)
    np.testing.assert_allclose(rotation, read_rotation, atol=2000 / 32768 + 1e-3, rtol=0)
