"""Leg movements scored by plain loops, from the text of the rules and not from the fast code.

One night at a time; times are integer microseconds; a movement is a dictionary. Slow on purpose: every step looks at
every movement.
"""

S = 1_000_000


def us(seconds):
    return round(seconds * S)


def conflicts(one, other):
    """May both be of the same leg? Left against right is the only pair that is surely two legs."""
    return {one, other} != {"left", "right"}


def join(events, gap):
    """Same-leg events with offset to next onset below the gap become one."""
    out = []
    for side in ("left", "right", "both", "other"):
        mine = sorted((e for e in events if e["side"] == side), key=lambda e: (e["onset"], e["offset"]))
        current = None
        for event in mine:
            if current is not None and event["onset"] - current["offset"] < gap:
                current["offset"] = max(current["offset"], event["offset"])
                current["sleep"] = current["sleep"] or event["sleep"]
                current["events"] += 1
            else:
                current = {**event, "events": 1}
                out.append(current)
    return in_order(out)


def in_order(movements):
    rank = ["left", "right", "both", "other"]
    return sorted(movements, key=lambda m: (m["onset"], rank.index(m["side"]), m["offset"]))


def limit(movement, rules):
    return us(rules.max_combined_s if movement["side"] == "both" else rules.max_single_leg_s)


def merged(members, rules):
    sides = {m["side"] for m in members}
    if "both" in sides or {"left", "right"} <= sides:
        side = "both"
    elif "left" in sides:
        side = "left"
    elif "right" in sides:
        side = "right"
    else:
        side = "other"
    onset, offset = min(m["onset"] for m in members), max(m["offset"] for m in members)
    if len(members) == 1:
        fits = offset - onset <= limit(members[0], rules)
    else:
        fits = offset - onset <= us(rules.max_combined_s)
    fits = fits and len(members) <= rules.max_combined_members
    fits = fits and all(m["offset"] - m["onset"] <= limit(m, rules) for m in members)
    return {
        "onset": onset,
        "offset": offset,
        "side": side,
        "members": len(members),
        "clm": fits,
        "sleep": any(m["sleep"] for m in members),
    }


def combine(joined, rules):
    left_over = []
    for movement in joined:
        if movement["offset"] - movement["onset"] < us(rules.min_movement_s):
            continue
        if not rules.does_noncandidate_interrupt and movement["offset"] - movement["onset"] > limit(
            movement, rules
        ):
            continue
        left_over.append(movement)
    out = []
    while left_over:
        members = [left_over.pop(0)]
        if rules.leg_combination == "pause":
            found = True
            while found:
                found = False
                reach = max(m["offset"] for m in members) + us(rules.leg_combination_s)
                for movement in list(left_over):
                    if movement["onset"] < reach:
                        members.append(movement)
                        left_over.remove(movement)
                        found = True
        else:
            first = members[0]
            while (
                left_over
                and left_over[0]["onset"] - first["onset"] < us(rules.leg_combination_s)
                and not conflicts(left_over[0]["side"], first["side"])
            ):
                members.append(left_over.pop(0))
        out.append(merged(members, rules))
    return out


def is_respiratory(movement, respiratory, rules):
    for start, end in respiratory:
        low = (end if rules.respiratory_anchor == "event_end" else start) - us(rules.respiratory_before_s)
        high = end + us(rules.respiratory_after_s)
        if rules.respiratory_part == "any":
            if movement["onset"] <= high and movement["offset"] >= low:
                return True
        elif low <= movement["onset"] and movement["offset"] <= high:
            return True
    return False


def is_arousal(movement, arousals, rules):
    for start, end in arousals:
        pause = max(start - movement["offset"], movement["onset"] - end)
        if pause < us(rules.arousal_gap_s):
            return True
    return False


def series(movements, breaks, rules):
    """Interval and series number of each movement; None where there is none."""
    intervals = [None] * len(movements)
    numbers = [None] * len(movements)
    runs = []
    run = []
    previous = None  # index of the movement from which the next interval is measured
    for i, movement in enumerate(movements):
        interval = None
        if movement["clm"] and previous is not None and movements[previous]["clm"]:
            start, end = movements[previous]["onset"], movement["onset"]
            if not any(b < end and e > start for b, e in breaks):
                interval = end - start
        short = interval is not None and interval < us(rules.min_interval_s)
        if short and rules.short_interval == "skip":
            continue
        intervals[i] = interval
        if interval is None or short:
            periodic = False
        elif rules.is_max_interval_included:
            periodic = interval <= us(rules.max_interval_s)
        else:
            periodic = interval < us(rules.max_interval_s)
        if not periodic:
            runs.append(run)
            run = []
        if movement["clm"] and not (short and not rules.can_short_interval_start):
            run.append(i)
        previous = i
    runs.append(run)
    number = 0
    for members in runs:
        if len(members) >= rules.min_series_members:
            number += 1
            for i in members:
                numbers[i] = number
    return intervals, numbers


def score(events, respiratory, arousals, breaks, rules):
    """Score one night: a list of movements with everything that the fast code says of them."""
    joined = join(events, us(rules.same_leg_join_gap_s))
    if rules.is_sleep_only:
        joined = [m for m in joined if m["sleep"]]
    if rules.is_respiratory_excluded:
        joined = [m for m in joined if not is_respiratory(m, respiratory, rules)]
    movements = combine(joined, rules)
    intervals, numbers = series(movements, breaks, rules)
    for movement, interval, number in zip(movements, intervals, numbers, strict=True):
        movement["respiratory"] = is_respiratory(movement, respiratory, rules)
        movement["arousal"] = is_arousal(movement, arousals, rules)
        movement["interval"] = interval
        movement["series"] = number
        movement["series_without"] = None
    staying = [m for m in movements if not (m["clm"] and m["respiratory"])]
    _, numbers = series(staying, breaks, rules)
    for movement, number in zip(staying, numbers, strict=True):
        movement["series_without"] = number
    return movements
