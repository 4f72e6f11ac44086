"""The permutation holds its level where few persons tell, and sees what is plain."""

import numpy as np

from transforms.statistics.models import CountData
from transforms.statistics.permutation import permutation_p_value


def cohort(seed, informative, *, ratio=1.0, persons=20, nights=12):
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), nights)
    x = np.where(person < informative, random.gamma(1.0, 1.0, len(person)), 0.0)
    mean = (np.bincount(person, x) / np.bincount(person))[person]
    hours = random.uniform(6, 9, len(person))
    rate = (
        np.exp(0.5 + random.normal(0, 0.6, persons)[person]) * ratio**x * random.gamma(3, 1 / 3, len(person))
    )
    columns = {
        "intercept": np.ones(len(person)),
        "within": x - mean,
        "between": mean - mean.mean(),
        "weekend": (np.arange(len(person)) % 7 >= 5).astype(float),
    }
    return CountData(random.poisson(rate * hours).astype(float), hours, person, columns)


def p_value(data):
    return permutation_p_value(data, "within", count=199, seed=1)


def test_a_null_exposure_of_few_persons_is_found_as_often_as_it_should():
    found = [p_value(cohort(seed, informative)) < 0.05 for informative in (2, 4, 8) for seed in range(100)]
    # 5 % of 300 are 15; four standard deviations are 15 more
    assert 3 <= sum(found) <= 30


def test_a_plain_effect_is_seen_and_no_p_is_zero():
    assert p_value(cohort(1, 12, ratio=1.6)) == 1 / 200


def test_nothing_to_shuffle_has_no_p():
    assert p_value(cohort(1, 0)) is None


def test_size_and_shift_of_the_exposure_change_nothing():
    data = cohort(4, 6)
    columns = dict(data.columns) | {"within": 100 * data.columns["within"]}
    moved = CountData(data.counts, data.hours, data.person, columns)
    assert p_value(moved) == p_value(data)
