"""The tables of published values against the facts they were taken from, written out here once more."""

import pytest

from transforms.diaries.reference import activity_met, caffeine_content, dietary_reference_intake

# columns: male and female of 14-18, 19-30, 31-50, 51-70 and over 70 years, then pregnant of 19-30 and 31-50
AGES = (16, 25, 40, 60, 80)
ALLOWANCES = {
    "magnesium": ((410, 400, 420, 420, 420), (360, 310, 320, 320, 320), (350, 360)),
    "calcium": ((1300, 1000, 1000, 1000, 1200), (1300, 1000, 1000, 1200, 1200), (1000, 1000)),
    "vitamin_b6": ((1.3, 1.3, 1.3, 1.7, 1.7), (1.2, 1.3, 1.3, 1.5, 1.5), (1.9, 1.9)),
    "vitamin_b12": ((2.4,) * 5, (2.4,) * 5, (2.6, 2.6)),
    "iron": ((11, 8, 8, 8, 8), (15, 18, 18, 8, 8), (27, 27)),
}
LIMITS = {
    "magnesium": (350, 350, 350, 350, 350),
    "calcium": (3000, 2500, 2500, 2000, 2000),
    "vitamin_b6": (80, 100, 100, 100, 100),
    "vitamin_b12": (None,) * 5,
    "iron": (45, 45, 45, 45, 45),
}


def rows_for(nutrient, sex, age, *, is_pregnant=False):
    return [
        row
        for row in dietary_reference_intake().iter_rows(named=True)
        if row["nutrient"] == nutrient
        and row["sex"] == sex
        and row["age_from_year"] <= age <= row["age_to_year"]
        and row["is_pregnant"] == is_pregnant
    ]


@pytest.mark.parametrize("nutrient", ALLOWANCES)
def test_allowances_and_limits(nutrient):
    """IOM 1997, 1998, 2001, 2011 as the study's table of facts lists them."""
    male, female, pregnant = ALLOWANCES[nutrient]
    for sex, allowances in (("male", male), ("female", female)):
        found = [rows_for(nutrient, sex, age) for age in AGES]
        assert [[row["allowance"] for row in rows] for rows in found] == [[value] for value in allowances]
        assert tuple(rows[0]["upper_limit"] for rows in found) == LIMITS[nutrient]
    carrying = [rows_for(nutrient, "female", age, is_pregnant=True) for age in (25, 40)]
    assert [[row["allowance"] for row in rows] for rows in carrying] == [[value] for value in pregnant]
    counts = {row["upper_limit_applies_to"] for row in rows_for(nutrient, "male", 40)}
    wanted = {"magnesium": "supplement", "vitamin_b12": None}.get(nutrient, "food and supplement")
    assert counts == {wanted}


@pytest.mark.parametrize("nutrient", ALLOWANCES)
@pytest.mark.parametrize("sex", ["female", "male"])
def test_every_age_from_14_on_has_one_row(nutrient, sex):
    assert [len(rows_for(nutrient, sex, age)) for age in range(13, 101)] == [0] + [1] * 87


def test_caffeine_of_servings():
    """Mayo Clinic art-20049372: mg in a serving."""
    content = {
        row["word"]: (row["caffeine_mg"], row["serving_size"], row["serving_unit"])
        for row in caffeine_content().iter_rows(named=True)
    }
    assert {
        word: content[word]
        for word in (
            "coffee",
            "decaf",
            "espresso",
            "instant_coffee",
            "tea",
            "green_tea",
            "bottled_tea",
            "cola",
        )
    } == {
        "coffee": (96, 237, "ml"),
        "decaf": (2, 237, "ml"),
        "espresso": (64, 30, "ml"),
        "instant_coffee": (62, 237, "ml"),
        "tea": (47, 237, "ml"),
        "green_tea": (28, 237, "ml"),
        "bottled_tea": (19, 237, "ml"),
        "cola": (22, 237, "ml"),
    }
    assert 72 <= content["energy_drink"][0] <= 79
    assert 200 <= content["energy_shot"][0] <= 215
    assert 20 <= content["dark_chocolate"][0] <= 31
    assert content["milk_chocolate"] == (10, 43, "g")
    assert content["excedrin"][0] == 65
    assert content["caffeine_pill"][0] == 200


def test_activities():
    """Ainsworth 2011, compared with a second copy of the compendium."""
    met = {row["word"]: row["met"] for row in activity_met().iter_rows(named=True)}
    assert {word: met[word] for word in ("walk", "brisk_walking", "rowing", "spinning", "elliptical", "swim")} == {
        "walk": 3.5, "brisk_walking": 4.3, "rowing": 4.8, "spinning": 8.5, "elliptical": 5.0, "swim": 5.8,
    }  # fmt: skip
    assert {word: met[word] for word in ("weights", "bodybuilding", "hiit", "calisthenics", "stairs", "rope_skipping")} == {
        "weights": 3.5, "bodybuilding": 6.0, "hiit": 8.0, "calisthenics": 3.8, "stairs": 9.0, "rope_skipping": 11.8,
    }  # fmt: skip
    assert {word: met[word] for word in ("yoga", "power_yoga", "tai_chi", "pilates", "stretching", "meditation")} == {
        "yoga": 2.5, "power_yoga": 4.0, "tai_chi": 3.0, "pilates": 3.0, "stretching": 2.3, "meditation": 1.0,
    }  # fmt: skip
    relaxing = {row["activity"] for row in activity_met().iter_rows(named=True) if row["is_relaxation"]}
    assert relaxing == {"yoga", "stretching", "tai_chi", "meditation"}
