"""What 103,000 participant-weeks take: a simulation of arrivals, workers and failures, from figures that were measured.

``legjumps benchmark scale``: hours and money at 2, 64 and 1,000 cores. The inputs are the constants below: measured on this project's
2-core machine, or list prices, which are assumptions. docs/scale.md tells what follows.
"""

import heapq
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What one participant-week of one ankle at 100 Hz costs."""

    work_s: float = 10.7
    """A core's time from the device file to scored nights [s]; README, what it costs."""
    spread: float = 0.35
    """Standard deviation of its logarithm: nights differ in length and movements."""
    device_mb: float = 258.0
    """Size of the device file [MB]: packed AX3 blocks of 120 samples in 512 bytes."""
    raw_mb: float = 103.0
    core_mb: float = 4.0
    """What is written [MB]."""
    commit_s: float = 0.0037
    """Time of the coordinator for one unit [s]: hash, ledger, progress (benchmark operations known)."""
    unit_count: int = 3
    raw_reads: int = 2
    """How often samples are read again: for epochs, and for candidates."""
    put_count: int = 17
    get_count: int = 30
    """Requests of a store of objects: outputs, marks and their deletion; what a unit is made from, and whether its mark is there."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where it runs."""

    cores: int
    share_mb_per_s: float
    """What the store's disks or network give all workers together [MB/s]."""
    failures_per_core_h: float = 0.001
    restart_s: float = 120.0
    core_h_usd: float = 0.045
    """List price of a core-hour of a general-purpose cloud machine (assumption)."""
    is_object_store: bool = False
    """Whether samples come through the share each time; on a disk of its own a machine finds them in memory."""
    gb_month_usd: float = 0.023
    """List price of a gigabyte-month of object storage (assumption)."""
    put_usd: float = 5e-6
    get_usd: float = 4e-7
    """List prices of a request (assumption)."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came out."""

    hours: float
    core_hours: float
    usd: float
    storage_usd_per_month: float
    repeated_units: int
    busy: dict[str, float]
    """Share of the time in which each part was busy: what is near 1 breaks first."""


def simulate(costs: Costs, site: Site, count: int, *, arrival_h: float = 0.0, seed: int = 1) -> Told:
    """Let ``count`` participant-weeks arrive evenly over ``arrival_h`` and be worked on, first come, first served.

    A worker reads the device file through the shared store, computes, and writes; the coordinator commits each unit, one at a
    time. A failure of a worker costs the unit that it was at.
    """
    rng = np.random.default_rng(seed)
    work_s = rng.lognormal(np.log(costs.work_s) - costs.spread**2 / 2, costs.spread, count)
    arrives_s = np.linspace(0.0, arrival_h * 3600, count)
    again_mb = costs.raw_reads * costs.raw_mb if site.is_object_store else 0.0
    transfer_s = (costs.device_mb + costs.raw_mb + costs.core_mb + again_mb) / site.share_mb_per_s
    per_s = site.failures_per_core_h / 3600
    workers = [0.0] * site.cores
    heapq.heapify(workers)
    share_free_s = coordinator_free_s = ended_s = working_s = 0.0
    repeated = 0
    for index in range(count):
        begins_s = max(heapq.heappop(workers), arrives_s[index])
        share_free_s = max(share_free_s, begins_s) + transfer_s
        done_s = max(begins_s + work_s[index], share_free_s)
        if rng.random() < 1 - np.exp(-per_s * work_s[index]):  # the unit at hand is done again
            lost_s = work_s[index] / costs.unit_count
            done_s += site.restart_s + lost_s
            working_s += lost_s
            repeated += 1
        coordinator_free_s = max(coordinator_free_s, done_s) + costs.unit_count * costs.commit_s
        heapq.heappush(workers, done_s)
        ended_s = max(ended_s, done_s, coordinator_free_s)
        working_s += work_s[index]
    requests_usd = count * (costs.put_count * site.put_usd + costs.get_count * site.get_usd)
    stored_gb = count * (costs.device_mb + costs.raw_mb + costs.core_mb) / 1000
    return Told(
        hours=ended_s / 3600,
        core_hours=site.cores * ended_s / 3600,
        usd=site.cores * ended_s / 3600 * site.core_h_usd + (requests_usd if site.is_object_store else 0.0),
        storage_usd_per_month=stored_gb * site.gb_month_usd,
        repeated_units=repeated,
        busy={
            "cores": working_s / (site.cores * ended_s),
            "store": count * transfer_s / ended_s,
            "coordinator": count * costs.unit_count * costs.commit_s / ended_s,
        },
    )


def main(count: int = 103_000) -> None:
    """Print one line for each site."""
    sites = [
        Site(cores=2, share_mb_per_s=200),
        Site(cores=64, share_mb_per_s=1_200),
        Site(cores=64, share_mb_per_s=5_000),
        Site(cores=64, share_mb_per_s=5_000, is_object_store=True),
        Site(cores=1_000, share_mb_per_s=5_000),
        Site(cores=1_000, share_mb_per_s=50_000),
        Site(cores=1_000, share_mb_per_s=50_000, is_object_store=True),
    ]
    print(f"{count:,} participant-weeks, all there at once")
    print(
        f"{'store':<8}{'cores':>6}{'MB/s':>8}{'hours':>9}{'core-h':>9}{'USD':>8}{'again':>7}   busy: cores, store, coordinator"
    )
    for site in sites:
        told = simulate(Costs(), site, count)
        busy = ", ".join(f"{share:.0%}" for share in told.busy.values())
        kind = "objects" if site.is_object_store else "disks"
        print(
            f"{kind:<8}{site.cores:>6}{site.share_mb_per_s:>8,.0f}{told.hours:>9.1f}{told.core_hours:>9,.0f}{told.usd:>8,.0f}"
            f"{told.repeated_units:>7}   {busy}"
        )
    worst = simulate(Costs(work_s=2 * Costs().work_s), replace(sites[1], failures_per_core_h=0.05), count)
    print(
        f"64 cores, twice the work, 50 times the failures: {worst.hours:.1f} h, {worst.usd:,.0f} USD, {worst.repeated_units} again"
    )
    year = simulate(Costs(), sites[0], count, arrival_h=365 * 24)
    print(
        f"2 cores, arriving over a year: cores busy {year.busy['cores']:.1%}, the last is done {year.hours - 365 * 24:.2f} h after it came"
    )
    print(
        f"storage: {simulate(Costs(), sites[0], 1000).storage_usd_per_month * count / 1000:,.0f} USD a month for all of it"
    )


if __name__ == "__main__":
    main()
