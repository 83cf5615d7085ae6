"""The preprocessing of the model: fill in what is missing, code categories, standardize.

The constants are learned from training rows only and end up in the model's
manifest, not in the ONNX graph, so that a reader can see and check them.

A missing value must not speak for or against disease. Filling in the most frequent
answer would: "normal" and "no vessel" are the reassuring ones. So a missing number
becomes the mean, which standardizes to 0, and a missing category becomes UNKNOWN,
which has no feature of its own and so leaves the category's features all at 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

from cleveland import Row, Value

# Column order, and so feature order. Categories are in the order of the UCI codes.
NUMBERS = (
    "age",
    "resting_blood_pressure",
    "cholesterol",
    "max_heart_rate",
    "st_depression",
    "major_vessels",
)
CATEGORIES: dict[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "chest_pain_type": (
        "typical-angina",
        "atypical-angina",
        "non-anginal-pain",
        "asymptomatic",
    ),
    "resting_ecg": ("normal", "st-t-abnormality", "left-ventricular-hypertrophy"),
    "st_slope": ("upsloping", "flat", "downsloping"),
    "thallium_stress": ("normal", "fixed-defect", "reversible-defect"),
}
COLUMNS = (
    "age",
    "sex",
    "chest_pain_type",
    "resting_blood_pressure",
    "cholesterol",
    "fasting_blood_sugar_over_120",
    "resting_ecg",
    "max_heart_rate",
    "exercise_induced_angina",
    "st_depression",
    "st_slope",
    "major_vessels",
    "thallium_stress",
)
UNKNOWN = "unknown"
MAY_BE_MISSING = ("major_vessels", "thallium_stress")


@dataclass(frozen=True)
class Preprocessing:
    impute: dict[str, Value]
    mean: dict[str, float]
    std: dict[str, float]

    def features(self, rows: Sequence[Row]) -> np.ndarray:
        return np.array([self.feature_vector(row) for row in rows], dtype=np.float64)

    def feature_vector(self, row: Row) -> list[float]:
        vector: list[float] = []
        for column in COLUMNS:
            value = row[column]
            if value is None:
                value = self.impute[column]
            if column in CATEGORIES:
                vector += [float(value == category) for category in CATEGORIES[column]]
            elif column in NUMBERS:
                vector.append((float(value) - self.mean[column]) / self.std[column])
            else:
                vector.append(float(value))
        return vector


def feature_names() -> list[str]:
    names: list[str] = []
    for column in COLUMNS:
        if column in CATEGORIES:
            names += [f"{column}={category}" for category in CATEGORIES[column]]
        else:
            names.append(column)
    return names


def fit_preprocessing(rows: Sequence[Row]) -> Preprocessing:
    mean: dict[str, float] = {}
    std: dict[str, float] = {}
    for column in NUMBERS:
        known = [row[column] for row in rows if row[column] is not None]
        numbers = np.array(known, dtype=np.float64)
        # Six decimals are far more than the data supports and keep the manifest readable.
        mean[column] = round(float(numbers.mean()), 6)
        std[column] = round(float(numbers.std()), 6)
    impute: dict[str, Value] = {
        column: UNKNOWN if column in CATEGORIES else mean[column] for column in MAY_BE_MISSING
    }
    return Preprocessing(impute, mean, std)
