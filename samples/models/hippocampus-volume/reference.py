"""The hippocampus segmentation in float64, written for clarity and not for speed.

Golden values come from here and never from the inference engine that they check. Only
numpy computes; the onnx package reads the weights from the file.

    /usr/bin/python3 reference.py 1.0.0 ../../inputs/hippocampus-volume/left-head.nii
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Mapping

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from float64_graph import run_graph  # noqa: E402
from volume_steps import run_steps  # noqa: E402


def predict(manifest: Mapping[str, Any], model: Path, content: bytes) -> np.ndarray:
    """The tensor `probabilities`, [1, 3, depth, height, width], of one volume."""
    return run_graph(model, run_steps(manifest["inputs"][0]["steps"], content))


if __name__ == "__main__":
    package = Path(sys.argv[1])
    result = predict(
        json.loads((package / "model.json").read_text()),
        package / "model.onnx",
        Path(sys.argv[2]).read_bytes(),
    )
    labels = result[0].argmax(axis=0)
    print(f"{labels.shape}: {[int(np.sum(labels == k)) for k in range(result.shape[1])]} voxels")
