"""The binding of the model to fuzzy rules: bindings/expressif.json of the package.

The rules are those of samples/rules/heart-disease-hybrid.fll. Codes are those of the Cleveland
table; of blood sugar it says only whether it is above 120 mg/dL, and 130 or 90 stand in for it.
"""

from __future__ import annotations

from typing import Any, Mapping

Binding = dict[str, Any]

# In the order in which the manifest has the categories.
CODES: dict[str, list[float]] = {
    "chest_pain_type": [1, 2, 3, 4],
    "sex": [0, 1],
    "resting_ecg": [0, 1, 2],
    "thallium_stress": [3, 6, 7],
}
ABOVE, BELOW = 130, 90

# Inputs of the rules by the columns of the model.
COLUMN = {
    "chest_pain": "chest_pain_type",
    "sex": "sex",
    "blood_pressure": "resting_blood_pressure",
    "cholesterol": "cholesterol",
    "blood_sugar": "fasting_blood_sugar_over_120",
    "ecg": "resting_ecg",
    "heart_rate": "max_heart_rate",
    "exercise_angina": "exercise_induced_angina",
    "old_peak": "st_depression",
    "thallium": "thallium_stress",
    "age": "age",
}


def rules_binding(manifest: Mapping[str, Any], positive: str, rules: str) -> Binding:
    """The binding for the rules in the file of this name; `positive` is the label of disease."""
    columns = {column["name"]: column for column in manifest["inputs"][0]["columns"]}
    return {
        "schemaVersion": 1,
        "ruleBases": [
            {
                "label": "heart-disease",
                "title": "Heart disease: the model with eleven findings beside it",
                "rules": f"bindings/{rules}",
                "variables": {
                    "model_risk": {
                        "unit": "1",
                        "title": "Probability by the model",
                        "model": {"as": "value", "output": "heart_disease", "label": positive, "unit": "1"},
                    },
                    **{name: variable(columns[column]) for name, column in COLUMN.items()},
                },
                "outputs": {"risk": {"unit": "1", "title": "Risk of significant narrowing"}},
            }
        ],
    }


def variable(column: Mapping[str, Any]) -> dict[str, Any]:
    """What a column is to the rules: its number, or the one that stands for what it says."""
    name = column["name"]
    if column["type"] == "number":
        return {"unit": column["unit"], "column": name}
    if column["type"] == "boolean":
        yes, no = (ABOVE, BELOW) if name == "fasting_blood_sugar_over_120" else (1, 0)
        return {"unit": "1", "column": name, "numbers": {"true": yes, "false": no}}
    codes = CODES[name]
    known = dict(zip(column["categories"], codes))
    unknown = {category: None for category in column["categories"][len(codes) :]}
    return {"unit": "1", "column": name, "numbers": {**known, **unknown}}
