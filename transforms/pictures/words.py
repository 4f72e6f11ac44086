"""Ratios in plain words."""


def often(ratio: float) -> str:
    """Say a ratio of rates as a change, such as ``12 % more often``."""
    change = round(100 * (ratio - 1))
    return "as often" if change == 0 else f"{abs(change)} % {'more' if change > 0 else 'less'} often"


def often_between(low: float, high: float) -> str:
    """Say an interval of ratios, such as ``5 to 20 % more`` or ``3 % less to 20 % more``."""
    ends = [round(100 * (ratio - 1)) for ratio in (low, high)]
    words = ["more" if end > 0 else "less" for end in ends]
    if 0 in ends or words[0] == words[1]:
        smaller, larger = sorted(ends, key=abs)
        word = "less" if larger < 0 else "more"
        return f"{abs(smaller)} to {abs(larger)} % {word}"
    return f"{abs(ends[0])} % less to {abs(ends[1])} % more"
