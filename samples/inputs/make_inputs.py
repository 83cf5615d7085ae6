"""Makes the sample inputs from two published Python packages, byte for byte.

    python3 samples/inputs/make_inputs.py --out samples/inputs

Needs pip and numpy. Every value is as published; only names, units and codes of
categories are spelt out. The README says where the data come from.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from published_packages import ecg_units, heart_rows

# Rows of the table, counted from 0. All are held out of the model's training.
HEART_CASES = {
    "low-risk": 63,
    "high-risk": 62,
    "below-threshold": 256,
    "above-threshold": 130,
    "vessels-missing": 192,
    "missed-disease": 294,
}
# The one input that is not as published: two known results of the high-risk patient withheld.
WITHHELD = ("tests-withheld", 62, ("major_vessels", "thallium_stress"))

CHEST_PAIN = {
    "typical ang": "typical-angina",
    "atypical ang": "atypical-angina",
    "non-anginal": "non-anginal-pain",
    "asymptomatic": "asymptomatic",
}
RESTING_ECG = {
    "normal": "normal",
    "ST-T abnormal": "st-t-abnormality",
    "left vent hypertrophy": "left-ventricular-hypertrophy",
}
THALLIUM = {
    "normal": "normal",
    "fixed defect": "fixed-defect",
    "reversable defect": "reversible-defect",
}

RATE_HZ = 360
UNITS_PER_MILLIVOLT = 200
ZERO = 1024
BEFORE, AFTER = 432, 216  # samples of a window before and from the R peak on
EXCERPT_START = 422_820  # sample of record 208 that the excerpt begins with


@dataclass(frozen=True)
class Beat:
    peak: int
    """Sample of the excerpt at which the database annotates the beat."""
    annotation: str


ECG_CASES = {
    "normal": Beat(4310, "N (normal)"),
    "ventricular": Beat(17047, "V (premature ventricular contraction)"),
    "ventricular-couplet": Beat(33619, "V (premature ventricular contraction), the second in a row"),
    "fusion": Beat(6246, "F (fusion of ventricular and normal beat)"),
    "near-threshold": Beat(67521, "F (fusion of ventricular and normal beat)"),
    "missed-ventricular": Beat(76044, "V (premature ventricular contraction)"),
    "artefact": Beat(15257, "N (normal), among artefacts"),
}


def heart_input(row: dict[str, str]) -> dict[str, dict[str, object]]:
    def number(column: str, unit: str) -> dict[str, object]:
        text = row[column]
        if text == "?":
            return {"value": None}
        value = float(text)
        return {"value": int(value) if value == int(value) else value, "unit": unit}

    def boolean(column: str) -> dict[str, object]:
        return {"value": {"0": False, "1": True}[row[column]]}

    def category(column: str, names: dict[str, str]) -> dict[str, object]:
        return {"value": None if row[column] == "?" else names[row[column]]}

    return {
        "age": number("age", "a"),
        "sex": {"value": row["gender"]},
        "chest_pain_type": category("chest pain", CHEST_PAIN),
        "resting_blood_pressure": number("rest SBP", "mm[Hg]"),
        "cholesterol": number("cholesterol", "mg/dL"),
        "fasting_blood_sugar_over_120": boolean("fasting blood sugar > 120"),
        "resting_ecg": category("rest ECG", RESTING_ECG),
        "max_heart_rate": number("max HR", "/min"),
        "exercise_induced_angina": boolean("exerc ind ang"),
        "st_depression": number("ST by exercise", "mm"),
        "st_slope": {"value": row["slope peak exc ST"]},
        "major_vessels": number("major vessels colored", "1"),
        "thallium_stress": category("thal", THALLIUM),
    }


def ecg_input(units: np.ndarray, beat: Beat) -> str:
    window = units[beat.peak - BEFORE : beat.peak + AFTER]
    lines = [
        f"# rate_hz: {RATE_HZ}",
        "# unit: mV",
        "# channels: MLII",
        f"# source: MIT-BIH Arrhythmia Database, record 208, R peak at sample {EXCERPT_START + beat.peak}",
        f"# annotation: {beat.annotation}",
        f"# r_peak: line {BEFORE} after these, counted from 0",
    ]
    # One unit is 0.005 mV, so three decimals are exact.
    lines += [f"{(unit - ZERO) / UNITS_PER_MILLIVOLT:.3f}" for unit in window.tolist()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    heart = arguments.out / "heart-disease-risk"
    heart.mkdir(parents=True, exist_ok=True)
    rows = heart_rows()
    for case, index in HEART_CASES.items():
        write_heart(heart / f"{case}.json", heart_input(rows[index]))
    case, index, withheld = WITHHELD
    write_heart(
        heart / f"{case}.json",
        heart_input(rows[index]) | {column: {"value": None} for column in withheld},
    )

    ecg = arguments.out / "ecg-beat"
    ecg.mkdir(parents=True, exist_ok=True)
    units = ecg_units()
    for case, beat in ECG_CASES.items():
        (ecg / f"{case}.csv").write_text(ecg_input(units, beat))


def write_heart(path: Path, columns: dict[str, dict[str, object]]) -> None:
    """One column a line, so that a person can read and edit it."""
    lines = [f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in columns.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
