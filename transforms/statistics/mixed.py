"""A linear mixed model with a constant and a slope of each person's own, for all persons at once.

statsmodels looks at the likelihood person by person: a third of the time of all questions of a study. Here a person is
a few sums of products, made once, and every look at the likelihood is one sum over persons. Tests hold it against R's
lme4 where its values are pinned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.intervals import Floats, Integers
from transforms.statistics.gee import NotFitted
from transforms.statistics.persons import first_rows


@dataclass(frozen=True)
class Mixed:
    """Coefficients common to all, and how much the persons' own slopes differ."""

    estimate: Floats
    covariance: Floats
    slope_sd: float


@dataclass(frozen=True)
class _Sums:
    """Products of rows: of each person with its own columns z, and of all rows with the common columns x."""

    zz: Floats
    zx: Floats
    zy: Floats
    xx: Floats
    xy: Floats
    yy: float
    freedom: int


@dataclass(frozen=True)
class _Look:
    """The likelihood at one spread of the persons' own constants and slopes."""

    criterion: float
    estimate: Floats
    information: Floats
    variance: float


def solve_random_slope(wanted: Floats, matrix: Floats, column: Floats, person: Integers) -> Mixed:
    """Fit by restricted maximum likelihood; rows of a person stand together, persons are 0, 1, 2, ...

    The spread of the persons' own constants and slopes, over the spread of a night, is the square of a triangular root
    with a diagonal of at least 0, as in lme4; at none it is an answer and no failure.

    Raises NotFitted where nothing converges.

    Source: Laird and Ware 1982, doi:10.2307/2529876; profiled criterion: Bates 2015, doi:10.18637/jss.v067.i01.
    """
    scale = float(column.std()) or 1.0
    own = np.column_stack([np.ones(len(wanted)), column / scale])
    starts = first_rows(person)

    def sums(rows: Floats) -> Floats:
        return np.asarray(np.add.reduceat(rows, starts, axis=0))

    products = _Sums(
        zz=sums(own[:, :, None] * own[:, None, :]),
        zx=sums(own[:, :, None] * matrix[:, None, :]),
        zy=sums(own * wanted[:, None]),
        xx=matrix.T @ matrix,
        xy=matrix.T @ wanted,
        yy=float(wanted @ wanted),
        freedom=len(wanted) - matrix.shape[1],
    )
    if products.freedom < 1:
        raise NotFitted("fewer nights than columns")
    try:
        found = _least(lambda theta: _look(theta, products).criterion)
        last = _look(found.x, products)
        covariance = np.asarray(last.variance * np.linalg.inv(last.information), dtype=np.float64)
    except (np.linalg.LinAlgError, FloatingPointError) as error:
        raise NotFitted("did not converge") from error
    if not (found.success and np.isfinite(last.criterion)):
        raise NotFitted("did not converge")
    _, slant, last_root = found.x
    return Mixed(last.estimate, covariance, float(np.sqrt(last.variance * (slant**2 + last_root**2)) / scale))


def _least(criterion: Callable[[Floats], float]) -> Any:
    from scipy.optimize import Bounds, minimize

    bounds = Bounds(np.array([0.0, -np.inf, 0.0]), np.full(3, np.inf))
    found = minimize(
        criterion,
        x0=np.array([1.0, 0.0, 0.5]),
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-5},
    )
    if found.success:
        return found
    # a gradient from differences may point nowhere where the criterion is nearly flat: go on without one
    return minimize(criterion, x0=found.x, method="Nelder-Mead", bounds=bounds)


def _look(theta: Floats, products: _Sums) -> _Look:
    root = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
    inner = root.T @ products.zz @ root + np.eye(2)
    determinant = inner[:, 0, 0] * inner[:, 1, 1] - inner[:, 0, 1] ** 2
    # what the persons' own columns take of the products of all rows (Woodbury)
    taken = root @ np.linalg.inv(inner) @ root.T
    crossed = taken @ products.zx
    information = products.xx - np.tensordot(products.zx, crossed, axes=([0, 1], [0, 1]))
    score = products.xy - np.tensordot(crossed, products.zy, axes=([0, 1], [0, 1]))
    estimate = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
    own = float((products.zy * (taken @ products.zy[:, :, None])[:, :, 0]).sum())
    rest = products.yy - own - float(estimate @ score)
    variance = max(rest, 1e-300) / products.freedom
    size = float(np.linalg.slogdet(information)[1])
    criterion = products.freedom * np.log(variance) + float(np.log(determinant).sum()) + size
    return _Look(float(criterion), estimate, information, variance)
