"""Says what the draft could not know, and adds a golden case: complete.py <package folder>."""

import json
import sys
from pathlib import Path

package = Path(sys.argv[1])
answers = json.loads(Path("answers.json").read_text())
manifest = json.loads((package / "model.json").read_text())
manifest |= {
    "title": "Bright spot in a drawn picture (sample)",
    "intendedUse": "Shows how a PyTorch network is packaged. Not for any patient.",
    "limitations": ["Trained on drawn pictures of 32 x 32 pixels, never on a real one."],
    "license": "Apache-2.0",
    "outputs": [
        {
            "name": "spot",
            "kind": "classification",
            "from": "probabilities",
            "mode": "binary",
            "classes": [{"label": "no-spot"}, {"label": "spot", "threshold": 0.5}],
        }
    ],
}
# Every guess was looked at, the steps of the image among them; a package with a draft is never served.
del manifest["draft"]
(package / "model.json").write_text(json.dumps(manifest, indent=2))

golden = {
    "schemaVersion": 1,
    "id": "a-spot",
    "description": "A drawn picture with a spot.",
    "source": "PyTorch in float64",
    "profile": "standard",
    "inputs": {"image": {"image": {"mediaType": "image/png", "base64": answers["png"]}}},
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
(package / "golden" / "a-spot.json").write_text(json.dumps(golden, indent=2))
(package / "MODEL_CARD.md").write_text(
    "# Bright spot (sample)\n\nA sample of packaging, trained on drawn pictures. Not for any patient.\n"
)
