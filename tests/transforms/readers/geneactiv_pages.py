"""A writer of GENEActiv .bin files for tests, made from real files and not from our reader."""

from datetime import datetime, timedelta

import numpy as np

START = datetime.fromisoformat("2024-03-04T09:00:00")
GAINS = (25292, 25227, 25118)
OFFSETS = (454, -591, 779)


def header(*, rate="100 Hz", pages=1, zone="GMT +01:00", gain=GAINS, newline="\r\n") -> bytes:
    """Write all 59 lines; other readers count them."""
    lines = [
        "Device Identity",
        "Device Unique Serial Code:035645",
        "Device Type:GENEActiv           ",
        "Device Model:1.1                 ",
        "Device Firmware Version:Ver4.08a date14Jul14",
        "Calibration Date:2016-11-11 09:40:03:000",
        "",
        "Device Capabilities",
        "Accelerometer Range:-8 to 8             ",
        "Accelerometer Resolution:0.0039",
        "Accelerometer Units:g",
        "Light Meter Range:0 to 5000",
        "Light Meter Resolution:5",
        "Light Meter Units:lux",
        "Temperature Sensor Range:0 to 70",
        "Temperature Sensor Resolution:0.1",
        "Temperature Sensor Units:deg. C",
        "",
        "Configuration Info",
        f"Measurement Frequency:{rate}",
        "Measurement Period:168 Hours",
        "Start Time:2024-03-04 09:00:00:000",
        f"Time Zone:{zone}",
        "",
        "Trial Info",
        "Study Centre:",
        "Study Code:",
        "Investigator ID:",
        "Exercise Type:",
        "Config Operator ID:",
        "Config Time:2024-03-04 08:00:00:000",
        "Config Notes:",
        "Extract Operator ID:",
        "Extract Time:2024-03-11 10:00:00:000",
        "Extract Notes:",
        "",
        "Subject Info",
        "Device Location Code:",
        "Subject Code:Jane Doe",
        "Date of Birth:1970-1-1",
        "Sex:",
        "Height:",
        "Weight:",
        "Handedness Code:",
        "Subject Notes:lives at 1 Example Street",
        "",
        "Calibration Data",
        *(
            line
            for axis, factor, offset in zip("xyz", gain, OFFSETS, strict=True)
            for line in (f"{axis} gain:{factor}", f"{axis} offset:{offset}")
        ),
        "Volts:51",
        "Lux:1010",
        "",
        "Memory Status",
        f"Number of Pages:{pages}",
        "",
    ]
    return (newline.join(lines) + newline).encode()


def page(
    counts: np.ndarray,
    *,
    number: int,
    at: datetime,
    rate="100.0",
    light=20,
    button=0,
    temperature="24.7",
    newline="\r\n",
) -> bytes:
    digits = "".join(
        f"{int(x) & 0xFFF:03X}{int(y) & 0xFFF:03X}{int(z) & 0xFFF:03X}{light << 2 | button << 1:03X}"
        for x, y, z in counts
    )
    lines = [
        "Recorded Data",
        "Device Unique Serial Code:035645",
        f"Sequence Number:{number}",
        f"Page Time:{at:%Y-%m-%d %H:%M:%S}:{at.microsecond // 1000:03d}",
        "Unassigned:",
        f"Temperature:{temperature}",
        "Battery voltage:4.1493",
        "Device Status:Recording",
        f"Measurement Frequency:{rate}",
        digits,
        "",
    ]
    return newline.join(lines).encode()


def pages(
    count: int, *, rate=100.0, start=START, first_number=0, seed=1, is_worn=False, **details
) -> tuple[list[bytes], np.ndarray]:
    """Write full pages without a gap; return them and their samples as counts (samples, 3)."""
    counts = np.random.default_rng(seed).integers(-2048, 2048, (count, 300, 3))
    if is_worn:  # as long as gravity: about 256 counts, offset included
        noise = np.random.default_rng(seed).normal(0, 2, (count, 300, 3))
        counts = np.rint(noise + np.array([0, 0, 250])).astype(np.int64)
    written = [
        page(
            counts[index],
            number=first_number + index,
            at=start + timedelta(seconds=index * 300 / rate),
            rate=f"{rate}",
            **details,
        )
        for index in range(count)
    ]
    return written, counts.reshape(-1, 3)
