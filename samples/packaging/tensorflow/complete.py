"""Says what the draft could not know, and adds a golden case: complete.py <package folder>."""

import json
import sys
from pathlib import Path

package = Path(sys.argv[1])
answers = json.loads(Path("answers.json").read_text())
manifest = json.loads((package / "model.json").read_text())
feeds = manifest["tensors"]["inputs"][0]["name"]
output = manifest["tensors"]["outputs"][0]["name"]
manifest |= {
    "title": "Forced volume from age, height and sex (sample)",
    "intendedUse": "Shows how a Keras model is packaged. Not for any patient.",
    "limitations": ["Trained on made-up numbers, never on a measurement."],
    "license": "Apache-2.0",
    "inputs": [
        {
            "name": "person",
            "kind": "table",
            "feeds": feeds,
            "columns": [
                {"name": "age", "type": "number", "unit": "a", "validRange": [0, 120], "trainingRange": [20, 80]},
                {"name": "height", "type": "number", "unit": "cm", "validRange": [50, 250], "trainingRange": [135, 205]},
                {"name": "is_male", "type": "boolean"},
            ],
            "steps": [
                {"op": "table_to_features", "features": [{"column": name} for name in ("age", "height", "is_male")]},
                # The numbers of the training: they belong to the weights.
                {"op": "standardize", "mean": answers["mean"], "std": answers["std"]},
            ],
        }
    ],
    "outputs": [
        {
            "name": "volume",
            "kind": "regression",
            "from": output,
            "values": [{"label": "forced_volume", "unit": "L"}],
        }
    ],
}
# Every guess was looked at; a package with a draft is never served.
del manifest["draft"]
(package / "model.json").write_text(json.dumps(manifest, indent=2))

person = {
    "age": {"number": 50, "unit": "a"},
    "height": {"number": 180, "unit": "cm"},
    "is_male": {"boolean": True},
}
golden = {
    "schemaVersion": 1,
    "id": "a-person",
    "description": "A person in the middle of what the model was trained on.",
    "source": "the weights of Keras, computed in float64 by NumPy",
    "profile": "standard",
    "inputs": {"person": {"table": person}},
    "expected": {
        "tensors": {output: {"dataType": "FP32", "shape": [1, 1], "values": [answers["litres"]], "scale": 8}}
    },
}
(package / "golden").mkdir(exist_ok=True)
(package / "golden" / "a-person.json").write_text(json.dumps(golden, indent=2))
(package / "MODEL_CARD.md").write_text(
    "# Forced volume (sample)\n\nA sample of packaging, trained on made-up numbers. Not for any patient.\n"
)
