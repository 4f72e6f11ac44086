"""Damaged device files by the thousand: each must end in exactly one typed outcome, and give no sample that it does not hold.

``legjumps benchmark fuzz_readers`` mutates a small file of each format 10,000 times (``python benchmarks/fuzz_readers.py
COUNT [FORMAT ...]`` fewer, or some formats) and prints, per format: how many were read whole or in part, how many were
refused and why, the slowest case, the largest memory; and every breach with its seed. A breach is another exception, a
case that takes longer than ten seconds, times that do not increase, zero samples out of nothing, or samples that an
independent slow decoder does not find anywhere in the damaged file (for all formats but Parquet, whose pages are
compressed).
"""

import io
import resource
import signal
import struct
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING
from transforms.readers import open_bundle, open_reader
from transforms.readers.screening import SignalScreen
from transforms.recording import Reader

COUNT = 10_000
LIMIT_S = 10
Mutation = Callable[[np.random.Generator, bytes], bytes]


def flip_bits(rng: np.random.Generator, content: bytes) -> bytes:
    """Turn over one to twenty bits."""
    raw = bytearray(content)
    for position in rng.integers(0, len(raw), rng.integers(1, 21)):
        raw[position] ^= 1 << int(rng.integers(0, 8))
    return bytes(raw)


def flip_header_bits(rng: np.random.Generator, content: bytes) -> bytes:
    """Turn over bits near the beginning, where facts stand."""
    raw = bytearray(content)
    for position in rng.integers(0, min(len(raw), 1600), rng.integers(1, 9)):
        raw[position] ^= 1 << int(rng.integers(0, 8))
    return bytes(raw)


def cut(rng: np.random.Generator, content: bytes) -> bytes:
    """Stop anywhere."""
    return content[: int(rng.integers(0, len(content)))]


def remove(rng: np.random.Generator, content: bytes) -> bytes:
    """Take out a stretch."""
    start, length = int(rng.integers(0, len(content))), int(rng.integers(1, 3000))
    return content[:start] + content[start + length :]


def insert(rng: np.random.Generator, content: bytes) -> bytes:
    """Put noise in."""
    start = int(rng.integers(0, len(content)))
    return content[:start] + rng.bytes(int(rng.integers(1, 2000))) + content[start:]


def overwrite(rng: np.random.Generator, content: bytes) -> bytes:
    """Write zeros, ones or noise over a stretch."""
    start, length = int(rng.integers(0, len(content))), int(rng.integers(1, 3000))
    fill = (b"\0" * length, b"\xff" * length, rng.bytes(length))[int(rng.integers(0, 3))]
    return content[:start] + fill[: len(content) - start] + content[start + length :]


def swap(rng: np.random.Generator, content: bytes) -> bytes:
    """Exchange two stretches, most often whole blocks."""
    length = int(rng.choice([512, 512, 189, 2048, 3832, int(rng.integers(1, 4000))]))
    slots = max(len(content) // length, 2)
    one, other = sorted(int(slot) * length for slot in rng.integers(0, slots, 2))
    first, second = content[one : one + length], content[other : other + length]
    if one + length > other:
        return content
    return content[:one] + second + content[one + length : other] + first + content[other + length :]


def repeat(rng: np.random.Generator, content: bytes) -> bytes:
    """Write a stretch twice, most often a whole block."""
    length = int(rng.choice([512, 512, 189, 2048, 3832, int(rng.integers(1, 4000))]))
    start = int(rng.integers(0, max(len(content) // length, 1))) * length
    return content[: start + length] + content[start:]


def lie(rng: np.random.Generator, content: bytes) -> bytes:
    """Put extreme numbers where two, four or eight bytes stand."""
    raw = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        position = int(rng.integers(0, max(min(len(raw), 4096) - 8, 1)))
        value = int(rng.choice([0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
        packed = struct.pack("<Q", value)[: int(rng.choice([1, 2, 4, 8]))]
        raw[position : position + len(packed)] = packed
    return bytes(raw)


def lie_in_text(rng: np.random.Generator, content: bytes) -> bytes:
    """Put absurd rates, dates and counts where digits stand."""
    positions = [index for index in range(min(len(content), 6000)) if content[index : index + 1].isdigit()]
    if not positions:
        return lie(rng, content)
    raw = content
    for _ in range(int(rng.integers(1, 4))):
        start = int(rng.choice(positions))
        end = start
        while end < len(raw) and raw[end : end + 1].isdigit():
            end += 1
        value = (b"0", b"-1", b"99999999999999999999", b"nan", b"1e308", b"", b"0x7f", b"13", b"9999")[
            int(rng.integers(0, 9))
        ]
        raw = raw[:start] + value + raw[end:]
    return raw


MUTATIONS: tuple[Mutation, ...] = (
    *(flip_bits, flip_header_bits, cut, remove, insert, overwrite),
    *(swap, repeat, lie, lie_in_text),
)


def mutated(seed: int, content: bytes) -> bytes:
    """Return the file of this seed: one to three mutations."""
    rng = np.random.default_rng(seed)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        if content:
            content = MUTATIONS[int(rng.integers(0, len(MUTATIONS)))](rng, content)
    return content


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A format and a whole small file of it."""

    name: str
    content: bytes
    open: Callable[[bytes], Reader]
    held: Callable[[bytes], Container[tuple[float, ...]]] | None = None
    """What a (damaged) file can be said to hold, decoded slowly and independently: the samples of all blocks whose
    checksum holds, or, without checksums, of any place. Two flipped bits can cancel in a sum; what such a block says is
    in the file."""
    wrap: Callable[[bytes], bytes] = field(default=lambda content: content)
    """Packs mutated content, so that damage reaches behind a checksum of its container."""


@dataclass
class Tally:
    """What came of the mutated files of one format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def open_bytes(name: str) -> Callable[[bytes], Reader]:
    """Return an opener of a file of this name."""
    return lambda content: open_reader(io.BytesIO(content), name, len(content))


def open_e4(content: bytes) -> Reader:
    """Open ACC.csv as the folder of an E4."""
    return open_bundle({"acc.csv": lambda: iter([content])}, "e4", LENIENT_READING)


def samples_of(subject: Subject) -> set[tuple[float, ...]]:
    """Every sample of the undamaged file."""
    reader = subject.open(subject.wrap(subject.content))
    return {tuple(row) for chunk in reader.chunks() for row in chunk.values.tolist()}


def _timed_out(_signal: int, _frame: Any) -> None:
    raise TimeoutError


def run(subject: Subject, seeds: range) -> Tally:
    """Read every mutated file to its end and judge what came of it."""
    tally = Tally()
    known = samples_of(subject) if subject.held else set()
    signal.signal(signal.SIGALRM, _timed_out)
    for seed in seeds:
        damaged = mutated(seed, subject.content)
        start = time.perf_counter()
        signal.alarm(LIMIT_S)
        try:
            outcome = judge(subject.open(subject.wrap(damaged)), known, subject, damaged)
        except InputError as error:
            outcome = f"refused: {error.reason_code}"
        except TimeoutError:
            outcome = "breach: too slow"
        except BaseException as error:  # whatever it is, it is a breach
            if isinstance(error, KeyboardInterrupt):
                raise
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome = f"breach: {type(error).__name__}: {error} ({where.name}:{where.lineno})"
        finally:
            signal.alarm(0)
        tally.slowest_s = max(tally.slowest_s, time.perf_counter() - start)
        if outcome.startswith("breach"):
            tally.breaches.append(f"{subject.name} seed {seed}: {outcome}")
        tally.outcomes[outcome.split(":")[0] if outcome.startswith("breach") else outcome] += 1
    return tally


def judge(reader: Reader, known: set[tuple[float, ...]], subject: Subject, damaged: bytes) -> str:
    """Read to the end; return "read", "nothing readable" or what is wrong with what was given."""
    screen = SignalScreen(reader.header, LENIENT_READING)
    last_us = -(2**62)
    count = 0
    held: Container[tuple[float, ...]] | None = None
    for chunk in reader.chunks():
        screen.see(chunk)
        count += len(chunk)
        if len(chunk.times_us) != len(chunk.values):
            return "breach: times and samples differ in number"
        if chunk.times_us[0] <= last_us or (len(chunk) > 1 and np.diff(chunk.times_us).min() <= 0):
            return "breach: times do not increase"
        last_us = int(chunk.times_us[-1])
        if chunk.acceleration_g is not None and not np.isfinite(chunk.acceleration_g).all():
            return "breach: samples that are no numbers"
        if subject.held is not None:
            foreign = set(map(tuple, chunk.values.tolist())) - known
            if foreign:
                held = subject.held(damaged) if held is None else held
                if not all(sample in held for sample in foreign):
                    return "breach: samples that were not in the file"
    screen.faults()
    _ = reader.faults
    return "read" if count else "nothing readable"


def pack_gt3x(log: bytes) -> bytes:
    """Pack a log into an archive with an undamaged info.txt."""
    info = b"Serial Number: MOS2E39180594\r\nSample Rate: 30\r\nAcceleration Scale: 256.0\r\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("info.txt", info)
        archive.writestr("log.bin", log)
    return buffer.getvalue()


def main(count: int = COUNT, names: tuple[str, ...] = ()) -> None:
    """Mutate, read, count and print."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    breaches: list[str] = []
    for subject in subjects():
        if names and subject.name not in names:
            continue
        start = time.perf_counter()
        tally = run(subject, range(count))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{subject.name:<14} {count} files of {len(subject.content)} bytes in {time.perf_counter() - start:.0f} s, "
            f"slowest {tally.slowest_s:.2f} s, {peak_mb:.0f} MB, {len(tally.breaches)} breaches",
            flush=True,
        )
        for outcome, number in tally.outcomes.most_common():
            print(f"    {number:>6} {outcome}")
        for breach in tally.breaches[:20]:
            print(f"  {breach}")
        breaches += tally.breaches
    print(f"{len(breaches)} breaches")


def subjects() -> list[Subject]:
    """Small files of every format, written by the tests' own writers."""
    import importlib.util
    from pathlib import Path

    folder = Path(__file__).resolve().parents[1] / "tests" / "transforms" / "readers"

    def writer(name: str) -> Any:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        if spec is None or spec.loader is None:
            raise SystemExit(f"{folder / name}.py is missing")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    made: list[Subject] = writer("fuzz_subjects").subjects(writer, Subject, open_bytes, open_e4, pack_gt3x)
    return made


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, tuple(sys.argv[2:]))
