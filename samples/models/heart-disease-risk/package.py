"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/heart-disease-risk/package.py

Golden values are computed by reference.py in float64.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE / "training"), str(HERE.parent)]

from package_frame import (  # noqa: E402
    Manifest,
    decided,
    golden_case,
    sample_manifest,
    trained_threshold,
    write_sample,
)
from cds_hooks import binding  # noqa: E402
from expressif import rules_binding  # noqa: E402
from package_files import write_checksums, write_json  # noqa: E402
from preprocessing import CATEGORIES, COLUMNS, MAY_BE_MISSING, NUMBERS, UNKNOWN  # noqa: E402
from reference import predict, read_row  # noqa: E402

NAME, VERSION = "heart-disease-risk", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME
RULES = HERE.parent.parent / "rules" / "heart-disease-hybrid.fll"
ABSENT, PRESENT = "no-significant-narrowing", "significant-narrowing"

# What a platform may send at all: impossible or mistyped values are refused. Wider than
# the training data; between the two the model answers with a warning.
VALID_RANGE: dict[str, list[float]] = {
    "age": [18, 100],
    "resting_blood_pressure": [60, 260],
    "cholesterol": [50, 700],
    "max_heart_rate": [50, 230],
    "st_depression": [0, 10],
    "major_vessels": [0, 3],
}
UNIT = {
    "age": "a",
    "resting_blood_pressure": "mm[Hg]",
    "cholesterol": "mg/dL",
    "max_heart_rate": "/min",
    "st_depression": "mm",
    "major_vessels": "1",
}
LOINC = {
    "age": ("30525-0", "Age"),
    "resting_blood_pressure": ("8480-6", "Systolic blood pressure"),
    "cholesterol": ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"),
}
DESCRIPTION = {
    "age": "Age in years.",
    "sex": "Sex as recorded in the source data.",
    "chest_pain_type": "Type of chest pain that led to the examination.",
    "resting_blood_pressure": "Systolic blood pressure at rest, on admission.",
    "cholesterol": "Total serum cholesterol.",
    "fasting_blood_sugar_over_120": "Whether fasting blood sugar is above 120 mg/dL.",
    "resting_ecg": "Finding of the ECG at rest.",
    "max_heart_rate": "Highest heart rate reached in the exercise test.",
    "exercise_induced_angina": "Whether the exercise test brought on angina.",
    "st_depression": "ST depression brought on by exercise, relative to rest; 1 mm is 0.1 mV.",
    "st_slope": "Slope of the ST segment at peak exercise.",
    "major_vessels": "Number of major vessels coloured by fluoroscopy.",
    "thallium_stress": "Result of the thallium stress test.",
}
GOLDEN = {
    "low-risk": "Held-out row 63 of the UCI table: lowest risk of all held-out rows; no disease.",
    "high-risk": "Held-out row 62: highest risk of all held-out rows; disease.",
    "below-threshold": "Held-out row 256: closest to the threshold from below; no disease.",
    "above-threshold": "Held-out row 130: closest to the threshold from above; a false alarm.",
    "vessels-missing": "Held-out row 192: the number of vessels is missing in the data and imputed.",
    "tests-withheld": "Held-out row 62 with vessels and thallium test withheld: both are imputed.",
    "missed-disease": "Held-out row 294: disease that the model misses.",
}


def column(name: str, prepared: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "type": "boolean", "description": DESCRIPTION[name]}
    if name in LOINC:
        code, display = LOINC[name]
        entry["codes"] = [{"system": "http://loinc.org", "code": code, "display": display}]
    if name in NUMBERS:
        entry |= {"type": "number", "unit": UNIT[name]}
        entry["validRange"] = VALID_RANGE[name]
        entry["trainingRange"] = prepared["observed"][name]
    elif name in CATEGORIES:
        unknown = [UNKNOWN] if name in MAY_BE_MISSING else []
        entry |= {"type": "category", "categories": [*CATEGORIES[name], *unknown]}
    imputed = prepared["impute"].get(name)
    entry["missing"] = "refuse" if imputed is None else {"impute": imputed}
    return entry


def manifest(prepared: dict[str, Any], threshold: float) -> Manifest:
    features: list[dict[str, str]] = []
    mean: list[float] = []
    std: list[float] = []
    for name in COLUMNS:
        if name in CATEGORIES:
            features += [{"column": name, "equals": category} for category in CATEGORIES[name]]
            mean += [0.0] * len(CATEGORIES[name])
            std += [1.0] * len(CATEGORIES[name])
        else:
            features.append({"column": name})
            mean.append(prepared["mean"].get(name, 0.0))
            std.append(prepared["std"].get(name, 1.0))
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Risk of coronary heart disease (UCI Cleveland)",
        intended_use=(
            "Research and demonstration: estimates the probability that coronary angiography "
            "shows more than 50 % narrowing of a major vessel, in adults who are examined for "
            "chest pain with an exercise test."
        ),
        limitations=[
            "Not clinically validated; not for diagnosis, triage or treatment.",
            "Trained on 227 patients referred for angiography to one US clinic in the 1980s; "
            "risks will be too high for people who were not referred.",
            "Women are few in the data (32 %); at the threshold, 3 of the 8 women and 4 of the 27 men "
            "with disease in the test set were missed.",
            "Cannot be used before an exercise test has been made. Without the vessel count and the "
            "thallium test it is less accurate: an answer with imputed values needs more care.",
        ],
        license="CC-BY-4.0",
        data="UCI Heart Disease, Cleveland Clinic Foundation",
        tensors={
            "inputs": [{"name": "features", "dataType": "FP32", "shape": [-1, len(features)]}],
            "outputs": [
                {"name": "probability", "dataType": "FP32", "shape": [-1, 1], "range": [0, 1]}
            ],
        },
        inputs=[
            {
                "name": "patient",
                "kind": "table",
                "description": "One patient's findings at rest and under exercise.",
                "feeds": "features",
                "columns": [column(name, prepared) for name in COLUMNS],
                "steps": [
                    {"op": "table_to_features", "features": features},
                    {"op": "standardize", "mean": mean, "std": std},
                ],
            }
        ],
        outputs=[
            {
                "name": "heart_disease",
                "kind": "classification",
                "description": "More than 50 % narrowing of a major coronary vessel.",
                "from": "probability",
                "activation": "none",
                "mode": "binary",
                "classes": [{"label": ABSENT}, {"label": PRESENT, "threshold": threshold}],
                "nearThresholdMargin": 0.05,
            }
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    content = json.loads((INPUTS / f"{case}.json").read_text())
    path = INPUTS / f"{case}.json"
    probability = float(predict(described, RESULT / "model.onnx", read_row(path))[0, 0])
    threshold = described["outputs"][0]["classes"][1]["threshold"]
    return golden_case(
        case,
        GOLDEN[case],
        {"patient": {"table": {k: table_value(e) for k, e in content.items()}}},
        "probability",
        [1, 1],
        [probability],
        decided("heart_disease", PRESENT if probability >= threshold else ABSENT),
    )


def table_value(entry: dict[str, Any]) -> dict[str, Any]:
    value = entry["value"]
    if value is None:
        return {"missing": "unknown"}
    if isinstance(value, bool):
        return {"boolean": value}
    if isinstance(value, str):
        return {"category": value}
    return {"number": value, "unit": entry["unit"]}


def main() -> None:
    prepared = json.loads((RESULT / "preprocessing.json").read_text())
    described = manifest(prepared, trained_threshold(RESULT))
    write_sample(HERE / VERSION, RESULT, described, GOLDEN, case_of)
    reliability = json.loads((RESULT / "reliability.json").read_text())
    bindings = HERE / VERSION / "bindings"
    bindings.mkdir(exist_ok=True)
    write_json(bindings / "cds-hooks.json", binding(described, PRESENT, reliability))
    write_json(bindings / "expressif.json", rules_binding(described, PRESENT, RULES.name))
    shutil.copyfile(RULES, bindings / RULES.name)
    write_checksums(HERE / VERSION)


if __name__ == "__main__":
    main()
