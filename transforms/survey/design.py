"""A stratified sample of clusters: the variance of weighted totals, and the degrees of freedom behind it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.intervals import Bools, Floats


@dataclass(frozen=True)
class SampleDesign:
    """Everybody who was sampled, whether a question is asked of them or not; one entry is one person."""

    stratum: NDArray[np.int64]
    """Of each cluster: strata as 0, 1, 2, ..."""
    cluster: NDArray[np.int64]
    """Of each person: clusters as 0, 1, 2, ..., numbered over all strata."""
    weight: Floats
    """Of each person: how many people the person stands for; 0 of who stands for nobody."""

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of the column sums of ``scores`` (persons x columns), which are 0 outside a domain.

        Clusters are taken as drawn with replacement within strata (ultimate clusters): within a stratum of n clusters the
        sums of clusters vary around their mean, times n / (n - 1). A domain keeps the clusters in which nobody belongs
        to it, with a sum of 0: they were sampled all the same.

        A lonely cluster, the only one of its stratum, is taken to deviate from the mean over all clusters: this is
        conservative, and is what R's survey calls ``adjust``.

        Source: Taylor linearisation after Binder 1983, doi:10.2307/1402588; Lumley 2010, doi:10.1002/9780470580066.
        """
        sums = np.column_stack(
            [np.bincount(self.cluster, column, minlength=len(self.stratum)) for column in scores.T]
        )
        count = np.bincount(self.stratum)
        mean = np.zeros((len(count), scores.shape[1]))
        np.add.at(mean, self.stratum, sums)
        mean /= count[:, None]
        mean[count == 1] = sums.mean(axis=0)
        deviation = (sums - mean[self.stratum]) * np.sqrt(count / np.maximum(count - 1, 1))[
            self.stratum, None
        ]
        return np.asarray(deviation.T @ deviation)

    def degrees_of_freedom(self, domain: Bools) -> int:
        """Return clusters less strata, of those in which somebody of the domain stands for anybody.

        For one coefficient this is what Student's t takes, however many columns the model has.
        Source: Korn and Graubard 1999, doi:10.1002/9781118032619, section 5.2.
        """
        clusters = np.unique(self.cluster[domain & (self.weight > 0)])
        return len(clusters) - len(np.unique(self.stratum[clusters]))

    def lonely_count(self) -> int:
        """Return the number of strata with one cluster."""
        return int((np.bincount(self.stratum) == 1).sum())


def sample_design(persons: pl.DataFrame, weight: str, cycle_count: int = 1) -> SampleDesign:
    """Return the design of ``persons`` (stratum_number, cluster_number, and the column ``weight``).

    Args:
        persons: everybody sampled, in the order of all masks and columns that are used with the design. Strata of
            different cycles have different numbers. Who has none is in one cluster with all others who have none:
            of them alone there is no interval.
        weight: column of weights; who has none stands for nobody.
        cycle_count: cycles that are pooled: each weight is divided by it.
    """
    placed = persons.with_columns(pl.col("stratum_number", "cluster_number").fill_null(-1))
    numbered = placed.select(
        pl.struct("stratum_number", "cluster_number").rank("dense").cast(pl.Int64).alias("cluster") - 1,
        (pl.col("stratum_number").rank("dense").cast(pl.Int64) - 1).alias("stratum"),
        (pl.col(weight).fill_null(0.0) / cycle_count).alias("weight"),
    )
    strata = numbered.select("cluster", "stratum").unique().sort("cluster")["stratum"]
    return SampleDesign(
        stratum=strata.to_numpy(),
        cluster=numbered["cluster"].to_numpy(),
        weight=numbered["weight"].to_numpy(),
    )
