"""Small whole files of every format for benchmarks/fuzz_readers.py, made with the writers of these tests.

For each, what a damaged file can be said to hold: decoded without our readers, of any place where a sample may stand.
"""

import gzip
import io
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl


class Rows:
    """The numbers of each line of a text; a sample is held where one line has all its values, in any of some units."""

    def __init__(self, text: bytes, scales: tuple[float, ...]) -> None:
        self._lines = [
            {
                float(np.float32(number * scale))
                for number in _numbers(line)
                for scale in scales
                if abs(number) < 1e30
            }
            for line in re.split(rb"[\r\n]+", text)
        ]

    def __contains__(self, sample) -> bool:
        return any(line.issuperset(sample) for line in self._lines)


def _numbers(line: bytes) -> list[float]:
    numbers = []
    for cell in re.split(rb"[,;\t ]", line):
        try:
            numbers.append(float(cell.strip(b'" ')))
        except ValueError:
            continue
    return numbers


def gunzipped(content: bytes) -> bytes:
    """Inflate byte by byte as far as it goes."""
    inflate, text = zlib.decompressobj(31), b""
    for octet in content:
        try:
            text += inflate.decompress(bytes([octet]))
        except zlib.error:
            break
    return text


def members(content: bytes):
    """Yield what each local header of an archive leads to, inflated as far as it goes."""
    start = content.find(b"PK\x03\x04")
    while start >= 0:
        if start + 30 <= len(content):
            name, extra = struct.unpack_from("<HH", content, start + 26)
            data = content[start + 30 + name + extra :]
            yield data
            inflate, inflated = zlib.decompressobj(-15), b""
            for octet in data:
                try:
                    inflated += inflate.decompress(bytes([octet]))
                except zlib.error:
                    break
            yield inflated
        start = content.find(b"PK\x03\x04", start + 1)


def geneactiv_samples(content: bytes) -> set[tuple[int, ...]]:
    """Decode the digits that any line begins with."""

    def signed(digits: bytes) -> int:
        value = int(digits, 16)
        return value - 4096 if value > 2047 else value

    found = set()
    for line in re.findall(rb"^[0-9A-Fa-f]{12,}", content, re.MULTILINE):
        for at in range(0, len(line) - 11, 12):
            found.add(tuple(signed(line[at + axis : at + axis + 3]) for axis in (0, 3, 6)))
    return found


def twelve_bit_samples(content: bytes) -> set[tuple[int, ...]]:
    """Decode y, x, z of 12 bits at every half byte of the archive's members."""
    found = set()
    for data in members(content):
        digits = data.hex()
        values = [int(digits[at : at + 3], 16) for at in range(len(digits) - 2)]
        signed = [value - 4096 if value > 2047 else value for value in values]
        found.update((signed[at + 3], signed[at], signed[at + 6]) for at in range(len(signed) - 6))
    return found


def sixteen_bit_samples(content: bytes) -> set[tuple[int, ...]]:
    """Decode three values of 16 bits at every byte."""
    return {struct.unpack_from("<3h", content, at) for at in range(len(content) - 5)}


def subjects(writer, subject, open_bytes, open_e4, pack_gt3x) -> list:
    cwa, gen, gt3x = writer("cwa_blocks"), writer("geneactiv_pages"), writer("gt3x_records")
    others = writer("test_matrix_genea_unisens")
    tables = writer("test_empatica_wav_parquet")
    rng = np.random.default_rng(9)
    packed = cwa.header(end=cwa.START + timedelta(hours=1)) + b"".join(cwa.packed_blocks(30)[0])
    six = np.random.default_rng(2).integers(-32768, 32768, (30, 40, 6)).astype("<i2")
    ax6 = cwa.header(range_g=16, hardware=0x64, gyro_code=2) + b"".join(
        cwa.block(
            six[index].tobytes(),
            count=40,
            number=index,
            at=cwa.START + timedelta(seconds=0.4 * index),
            axes=0x62,
            range_g=16,
            light=3 << 13 | 4 << 10 | 30,
        )
        for index in range(30)
    )
    pages = gen.header(pages=6) + b"".join(gen.pages(6)[0])
    log = b"".join(gt3x.seconds(40, kind=gt3x.activity)[0] + gt3x.seconds(40, start_s=gt3x.START_S + 90)[0])
    digits = rng.integers(0, 256, 9 * 400, dtype=np.uint8).tobytes()
    old = gt3x.archive({"activity.bin": digits, "info.txt": gt3x.info(serial="NEO1C1", scale=None)})
    values = rng.normal(0, 1, (400, 3))
    start = datetime(2024, 3, 4, 9, tzinfo=UTC)
    rows = "\n".join(
        f"{(start + timedelta(seconds=index / 50)).replace(tzinfo=None).isoformat(sep=' ', timespec='milliseconds')},"
        + ",".join(f"{value:.6f}" for value in row)
        for index, row in enumerate(values)
    )
    table = ("time,x (g),y (g),z (g)\n" + rows + "\n").encode()
    buffer = io.BytesIO()
    tables.frame(400).with_columns(pl.col("x_g").cast(pl.Float32)).write_parquet(buffer)
    e4_acc = tables.e4_members(400)[0]["acc.csv"]
    frames = rng.integers(-32768, 32768, (500, 4))

    def held_archive(content: bytes) -> set[tuple[int, ...]]:
        return set().union(*(gt3x.held_samples(data) for data in members(content)))

    units = (1.0, 0.001, 1 / 9.80665)
    return [
        subject(name="cwa", content=packed, open=open_bytes("x.cwa"), held=cwa.held_samples),
        subject(name="cwa_ax6", content=ax6, open=open_bytes("x.cwa"), held=cwa.held_samples),
        subject(
            name="cwa_gz",
            content=gzip.compress(packed),
            open=open_bytes("x.cwa.gz"),
            held=lambda content: cwa.held_samples(gunzipped(content)),
        ),
        subject(
            name="cwa_zip",
            content=gt3x.archive({"a/x.cwa": packed, "readme.txt": b"one device"}),
            open=open_bytes("x.zip"),
            held=lambda content: set().union(*(cwa.held_samples(data) for data in members(content))),
        ),
        subject(name="geneactiv_bin", content=pages, open=open_bytes("x.bin"), held=geneactiv_samples),
        subject(name="gt3x", content=gt3x.gt3x(log), open=open_bytes("x.gt3x"), held=held_archive),
        subject(
            name="gt3x_log", content=log, open=open_bytes("x.gt3x"), held=gt3x.held_samples, wrap=pack_gt3x
        ),
        subject(name="gt3x_old", content=old, open=open_bytes("x.gt3x"), held=twelve_bit_samples),
        subject(
            name="matrix",
            content=others.matrix(others.matrix_packets(4, samples=300, seconds=3)[0]),
            open=open_bytes("x.bin"),
            held=lambda _content: set(),
        ),
        subject(
            name="genea", content=others.genea(12)[0], open=open_bytes("x.bin"), held=others.held_samples
        ),
        subject(
            name="omgui_wav", content=tables.wav(frames), open=open_bytes("x.wav"), held=sixteen_bit_samples
        ),
        subject(
            name="csv", content=table, open=open_bytes("x.csv"), held=lambda content: Rows(content, units)
        ),
        subject(
            name="csv_gz",
            content=gzip.compress(table),
            open=open_bytes("x.csv.gz"),
            held=lambda content: Rows(gunzipped(content), units),
        ),
        subject(name="parquet", content=buffer.getvalue(), open=open_bytes("x.parquet")),
        subject(name="empatica_e4", content=e4_acc, open=open_e4, held=lambda content: Rows(content, (1.0,))),
    ]
