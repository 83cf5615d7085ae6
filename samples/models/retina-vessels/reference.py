"""The vessel segmentation in float64, written for clarity and not for speed.

Golden values come from here and never from the inference engine that they check. Only
numpy computes; the onnx package reads the weights from the file, Pillow the picture.

    /usr/bin/python3 reference.py 1.0.0 ../../inputs/retina-vessels/branching.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from float64_graph import run_graph  # noqa: E402
from image_steps import run_steps  # noqa: E402


def predict(manifest: Mapping[str, Any], model: Path, content: bytes) -> np.ndarray:
    """The tensor `probability`, [1, 1, height / 2, width / 2], of one photograph."""
    return run_graph(model, run_steps(manifest["inputs"][0]["steps"], content))


if __name__ == "__main__":
    package = Path(sys.argv[1])
    result = predict(
        json.loads((package / "model.json").read_text()),
        package / "model.onnx",
        Path(sys.argv[2]).read_bytes(),
    )
    threshold = json.loads((package / "model.json").read_text())["outputs"][0]["classes"][0]["threshold"]
    print(f"{result.shape}: {(result >= threshold).mean():.4f} of it reaches the threshold")
