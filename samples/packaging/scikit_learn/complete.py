"""Says what the draft could not know, and adds a golden case: complete.py <package folder>."""

import json
import sys
from pathlib import Path

package = Path(sys.argv[1])
patient = json.loads(Path("patient.json").read_text())
answers = json.loads(Path("answers.json").read_text())
manifest = json.loads((package / "model.json").read_text())

columns = [
    {
        "name": name,
        "type": "number",
        "unit": "1",
        # What can be at all, and what the model has seen: outside the second, a caller is warned.
        "validRange": [0, 100],
        "trainingRange": seen,
        "missing": "refuse",
    }
    for name, seen in zip(patient, answers["ranges"])
]
manifest |= {
    "title": "Breast mass, fine needle aspirate (sample)",
    "intendedUse": "Shows how a scikit-learn pipeline is packaged. Not for any patient.",
    "limitations": ["Trained on 426 rows of one public data set; tested on 143 others of it."],
    "license": "Apache-2.0",
    "inputs": [
        {
            "name": "mass",
            "kind": "table",
            "feeds": "X",
            "columns": columns,
            "steps": [{"op": "table_to_features", "features": [{"column": name} for name in patient]}],
        }
    ],
    "outputs": [
        {
            "name": "mass",
            "kind": "classification",
            "from": "probabilities",
            "mode": "binary",
            "classes": [{"label": "benign"}, {"label": "malignant", "threshold": 0.5}],
        }
    ],
}
# Every guess was looked at; a package with a draft is never served.
del manifest["draft"]
(package / "model.json").write_text(json.dumps(manifest, indent=2))

golden = {
    "schemaVersion": 1,
    "id": "first-of-the-test-split",
    "description": "The first row of the test split.",
    "source": "scikit-learn, predict_proba in float64",
    "profile": "standard",
    "inputs": {
        "mass": {"table": {name: {"number": one["value"], "unit": "1"} for name, one in patient.items()}}
    },
    "expected": {
        "tensors": {
            "probabilities": {
                "dataType": "FP32",
                "shape": [1, 2],
                "values": answers["probabilities"],
                "scale": 1,
            }
        }
    },
}
(package / "golden").mkdir(exist_ok=True)
(package / "golden" / "first-of-the-test-split.json").write_text(json.dumps(golden, indent=2))
(package / "MODEL_CARD.md").write_text(
    "# Breast mass (sample)\n\nA sample of packaging: logistic regression over four columns. Not for any patient.\n"
)
