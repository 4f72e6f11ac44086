"""How long diaries and exports take, and how much memory: ``legjumps benchmark exposures``.

1,000 participants keep five diaries for 90 days; one of them sends an export of Apple Health of 2 GB, which is made on
the spot and never stored. Each part runs in a process of its own, so that its peak of memory is its own.
"""

import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from transforms.diaries import read_diaries
from transforms.imports import ImportFile, read_imports
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

ROOT = Path(__file__).resolve().parent.parent
PARTICIPANTS, DAYS = 1_000, 90
EXPORT_BYTES = 2 * 1000**3


def main() -> None:
    """Run both parts and print their figures."""
    print(f"{'part':<44}{'input':>10}{'rows':>12}{'seconds':>10}{'peak MB':>10}")
    for part in ("diaries", "apple_health"):
        done = subprocess.run(
            [sys.executable, __file__, part], check=True, capture_output=True, text=True, cwd=ROOT
        )
        for line in done.stdout.splitlines():
            figures = json.loads(line)
            print(
                f"{figures['part']:<44}{figures['input_mb']:>7.0f} MB{figures['rows']:>12,}"
                f"{figures['seconds']:>10.1f}{figures['peak_mb']:>10.0f}"
            )


def _report(part: str, input_bytes: int, rows: int, seconds: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        json.dumps(
            {
                "part": part,
                "input_mb": input_bytes / 1e6,
                "rows": rows,
                "seconds": seconds,
                "peak_mb": peak_mb,
            }
        )
    )


def diaries() -> None:
    """Read 1,000 participants x 90 days of five diaries."""
    people = [f"P{number:04}" for number in range(PARTICIPANTS)]
    days = [(date(2026, 1, 5) + timedelta(days=day)).isoformat() for day in range(DAYS)]
    participants = pl.DataFrame(
        [
            {"participant_id": person, "time_zone": zone}
            for number, person in enumerate(people)
            for zone in [("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")[number % 3]]
        ],
        schema=PARTICIPANT,
    )
    header_and_lines = {
        "sleep": ("night_date,lights_off,sleep_onset,sleep_end,lights_on", ["{},23:00,23:20,06:40,07:00"]),
        "caffeine": (
            "taken_at,caffeine_mg,source,amount,unit",
            ["{}T07:30,95,,,", "{}T13:45,,coffee,1,cup", "{} 16:00,,green tea,250,ml"],
        ),
        "exercise": ("started_at,duration_min,met,intensity,activity", ["{}T18:00,45,,,running"]),
        "stress": ("rated_at,scale,score", ["{}T12:00,rating_0_10,4", "{}T20:00,rating_0_10,6"]),
        "nutrients": (
            "date,origin,magnesium_mg,calcium_mg,iron_mg,vitamin_b6_mg,vitamin_b12_ug",
            ["{},food,310,900,11.5,1.4,3.2"],
        ),
    }
    for name, (header, lines) in header_and_lines.items():
        rows = [f"{person},{line.format(day)}" for person in people for day in days for line in lines]
        content = "\n".join([f"participant_id,{header}", *rows]).encode()
        del rows
        begun = time.perf_counter()
        read = read_diaries({f"diary/{name}.csv": content}, participants, "UTC", ADULT_EXPOSURES)
        seconds = time.perf_counter() - begun
        taken = sum(frame.height for frame in read.entries().values())
        _report(f"diary/{name}.csv, {PARTICIPANTS:,} x {DAYS} days", len(content), taken, seconds)


class _Export(io.RawIOBase):
    """An export of Apple Health of a given size, made while it is read."""

    def __init__(self, size: int) -> None:
        self._parts = self._make(size)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._rest) < len(buffer) and (part := next(self._parts, b"")):
            self._rest += part
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    @staticmethod
    def _make(size: int) -> Iterator[bytes]:
        yield b'<?xml version="1.0"?>\n<!DOCTYPE HealthData [\n<!ELEMENT broken (((\n]>\n<HealthData locale="en">\n'
        made, day = 0, date(2020, 1, 1)
        while made < size:
            at = f"{day.isoformat()} %s:00 +0100"
            steps = "".join(
                f' <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" sourceVersion="11.2" '
                f'device="&lt;&lt;HKDevice: 0x28{minute:04x}&gt;&gt;" unit="count/min" startDate="{at % f"{minute // 60:02}:{minute % 60:02}"}" '
                f'endDate="{at % f"{minute // 60:02}:{minute % 60:02}"}" value="{60 + minute % 40}"/>\n'
                for minute in range(0, 1440)
            )
            intake = "".join(
                f' <Record type="HKQuantityTypeIdentifierDietaryCaffeine" sourceName="{source}" unit="mg" '
                f'startDate="{at % clock}" endDate="{at % clock}" value="95"/>\n'
                for source in ("App one", "App two")
                for clock in ("07:30", "13:00")
            )
            night = (
                f' <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Watch" startDate="{at % "00:10"}" '
                f'endDate="{at % "06:40"}" value="HKCategoryValueSleepAnalysisAsleepCore"/>\n'
            )
            part = (steps + intake + night).encode()
            made += len(part)
            day += timedelta(days=1)
            yield part
        yield b"</HealthData>\n"


def apple_health() -> None:
    """Read an export of 2 GB."""

    def opened() -> io.BufferedReader:
        return io.BufferedReader(_Export(EXPORT_BYTES), 1 << 20)

    begun = time.perf_counter()
    with opened() as stream:
        while stream.read(1 << 20):
            pass
    making = time.perf_counter() - begun
    begun = time.perf_counter()
    file = ImportFile(name="imports/apple_health/P1/export.xml", open=opened)
    got = read_imports([file], pl.DataFrame(schema=PARTICIPANT), "Europe/Berlin", ADULT_EXPOSURES)
    seconds = time.perf_counter() - begun - making
    taken = sum(frame.height for frame in got.diaries.entries().values())
    _report("Apple Health export.xml, without making it", EXPORT_BYTES, taken, seconds)


if __name__ == "__main__":
    {"diaries": diaries, "apple_health": apple_health}[sys.argv[1]]() if sys.argv[1:] else main()
