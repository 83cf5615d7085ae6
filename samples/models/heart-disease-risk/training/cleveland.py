"""The UCI Cleveland table, read into columns with readable names and values.

The original file codes categories as numbers (chest pain 1 to 4, thallium 3/6/7).
They are decoded here, once, so that nothing downstream depends on the codes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

Value = float | bool | str | None
Row = dict[str, Value]

FILE_NAME = "heart-disease-cleveland.csv"

SEX = {"0": "female", "1": "male"}
CHEST_PAIN = {
    "1": "typical-angina",
    "2": "atypical-angina",
    "3": "non-anginal-pain",
    "4": "asymptomatic",
}
RESTING_ECG = {
    "0": "normal",
    "1": "st-t-abnormality",
    "2": "left-ventricular-hypertrophy",
}
ST_SLOPE = {"1": "upsloping", "2": "flat", "3": "downsloping"}
THALLIUM = {"3": "normal", "6": "fixed-defect", "7": "reversible-defect"}
BOOLEAN = {"0": False, "1": True}


@dataclass(frozen=True)
class Cleveland:
    rows: list[Row]
    diseased: list[int]
    """1 where the angiogram showed more than 50 % narrowing in any major vessel."""


def read_cleveland(data: Path) -> Cleveland:
    """`data` is the folder that holds `tabular/`, or the folder of the table itself."""
    path = data / "tabular" / FILE_NAME
    if not path.exists():
        path = data / FILE_NAME
    with path.open(newline="") as stream:
        lines = [[cell.strip() for cell in line] for line in csv.reader(stream)]
    header, *body = lines
    records = [dict(zip(header, line)) for line in body]
    return Cleveland(
        rows=[decode(record) for record in records],
        diseased=[int(int(record["diagnosis"]) > 0) for record in records],
    )


def decode(record: dict[str, str]) -> Row:
    vessels = code(record["ca"])
    thallium = code(record["thal"])
    return {
        "age": float(record["age"]),
        "sex": SEX[record["sex"]],
        "chest_pain_type": CHEST_PAIN[record["cp"]],
        "resting_blood_pressure": float(record["trestbps"]),
        "cholesterol": float(record["chol"]),
        "fasting_blood_sugar_over_120": BOOLEAN[record["fbs"]],
        "resting_ecg": RESTING_ECG[record["restecg"]],
        "max_heart_rate": float(record["thalach"]),
        "exercise_induced_angina": BOOLEAN[record["exang"]],
        "st_depression": float(record["oldpeak"]),
        "st_slope": ST_SLOPE[record["slope"]],
        "major_vessels": None if vessels is None else float(vessels),
        "thallium_stress": None if thallium is None else THALLIUM[thallium],
    }


def code(cell: str) -> str | None:
    """'3.0' and '3' are the same code; '?' is a missing value."""
    return None if cell == "?" else str(int(float(cell)))
