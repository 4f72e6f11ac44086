"""Small whole files of every format for benchmarks/fuzz_readers.py, made with the writers of these tests."""

import gzip
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl


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
    return [
        subject(name="cwa", content=packed, open=open_bytes("x.cwa"), held=cwa.held_samples),
        subject(name="cwa_ax6", content=ax6, open=open_bytes("x.cwa"), held=cwa.held_samples),
        subject(name="geneactiv_bin", content=pages, open=open_bytes("x.bin")),
        subject(name="gt3x", content=gt3x.gt3x(log), open=open_bytes("x.gt3x")),
        subject(
            name="gt3x_log", content=log, open=open_bytes("x.gt3x"), held=gt3x.held_samples, wrap=pack_gt3x
        ),
        subject(name="gt3x_old", content=old, open=open_bytes("x.gt3x")),
        subject(
            name="matrix",
            content=others.matrix(others.matrix_packets(4, samples=300, seconds=3)[0]),
            open=open_bytes("x.bin"),
            held=lambda _content: set(),
        ),
        subject(name="genea", content=others.genea(12)[0], open=open_bytes("x.bin")),
        subject(name="omgui_wav", content=tables.wav(frames), open=open_bytes("x.wav")),
        subject(name="csv", content=table, open=open_bytes("x.csv")),
        subject(name="csv_gz", content=gzip.compress(table), open=open_bytes("x.csv.gz")),
        subject(name="parquet", content=buffer.getvalue(), open=open_bytes("x.parquet")),
        subject(name="empatica_e4", content=e4_acc, open=open_e4),
    ]
