"""The pneumonia classifier in float64, written for clarity and not for speed.

Golden values come from here and never from the inference engine that they check. Only
numpy computes; the onnx package reads the weights from the file, Pillow the picture.

    /usr/bin/python3 reference.py 1.0.0 ../../inputs/chest-xray-pneumonia/clear-lungs.png
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
    """The tensor `probabilities`, [1, 2], of one picture."""
    return run_graph(model, run_steps(manifest["inputs"][0]["steps"], content))


if __name__ == "__main__":
    package = Path(sys.argv[1])
    result = predict(
        json.loads((package / "model.json").read_text()),
        package / "model.onnx",
        Path(sys.argv[2]).read_bytes(),
    )
    print([float(value) for value in result[0]])
