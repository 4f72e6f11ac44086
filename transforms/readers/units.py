"""Which unit a table of samples seems to be written in: gravity tells it, for half of the time a body lies or hangs still."""

from transforms.readers.column_map import G_PER_UNIT

COUNTS_PER_G = (64, 128, 256, 341, 512, 1024, 2048, 4096, 8192, 16384)
"""Scales of the sensors in wearable devices: counts per g."""
CLOSE_FRAC = 0.1
NO_GRAVITY_G = 0.5
"""What is left of the acceleration of a body at rest when a phone has taken gravity out of it is less."""


def likely_unit(median: float) -> str:
    """Say which unit gives a median length of the acceleration vector, and what declares it.

    Args:
        median: of |a| in the unit that the file was taken to be in, per g of that unit.

    """
    found = []
    for taken, taken_factor in G_PER_UNIT.items():
        for unit, factor in G_PER_UNIT.items():
            if unit != taken and abs(median / taken_factor * factor - 1) <= 2 * CLOSE_FRAC:
                declared = "" if taken == "g" else f", though declared as {taken}"
                found.append(f'{unit}{declared} (unit = "{unit}")')
    counts = [scale for scale in COUNTS_PER_G if abs(median / scale - 1) <= CLOSE_FRAC]
    found += [f'raw counts of {scale} per g (unit = "LSB", lsb_per_g = {scale})' for scale in counts]
    return " or ".join(found)


def remedy(median: float, file_name: str) -> str:
    """Return what to do about a table whose acceleration has that median length instead of 1 g."""
    base = file_name.rpartition("/")[2]
    unit = likely_unit(median)
    if not unit and median < NO_GRAVITY_G:
        return "gravity seems to have been taken out of it; export the total acceleration, with gravity"
    if not unit:
        return (
            f'its unit is not g; write the unit into {base}.columns.toml beside it, under [columns]: unit = "mg", '
            '"m/s2", or "LSB" with lsb_per_g'
        )
    return f"it is likely written in {unit}; write this under [columns] in {base}.columns.toml beside it"
