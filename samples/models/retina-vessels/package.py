"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/retina-vessels/package.py

Golden values are computed by reference.py in float64.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent)]

import numpy as np  # noqa: E402

from image_steps import decoded, image_value  # noqa: E402
from mask_golden import mask_case, on_grid  # noqa: E402
from package_frame import Manifest, sample_manifest, trained_threshold, write_sample  # noqa: E402
from reference import predict  # noqa: E402

NAME, VERSION = "retina-vessels", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME

GOLDEN = {
    "disc": "The optic disc with the central vessels.",
    "branching": "A vessel that branches.",
    "fine-vessels": "Thin vessels only.",
    "fovea": "The fovea: a dark spot without visible vessels.",
    "edge-of-field": "The edge of the field of view: a strong edge that is no vessel.",
}


def manifest(threshold: float) -> Manifest:
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Blood vessels in a photograph of the retina",
        intended_use=(
            "Research and demonstration: marks the pixels of blood vessels in a colour photograph of "
            "the retina taken like those of CHASE_DB1 (30 degrees over about 920 pixels)."
        ),
        limitations=[
            "Not clinically validated; not for diagnosis, screening or measuring vessels of a person.",
            "Trained on 8 schoolchildren, measured on 4 others, one camera. Diseased retinas, "
            "adults and other cameras were not measured.",
            "Knows vessels of a certain width in pixels: a photograph of another resolution is not "
            "refused, since its file does not say, and is marked badly.",
            "Works at half size: the thinnest vessels, one or two pixels wide, are mostly missed.",
        ],
        license="CC-BY-4.0",
        data="CHASE_DB1, Kingston University",
        tensors={
            "inputs": [
                {
                    "name": "image",
                    "dataType": "FP32",
                    "shape": [1, 3, -1, -1],
                    "range": [0, 1],
                    "maxExtent": 1024,
                }
            ],
            "outputs": [
                {
                    "name": "probability",
                    "dataType": "FP32",
                    "shape": [1, 1, -1, -1],
                    "range": [0, 1],
                    "maxExtent": 1024,
                }
            ],
        },
        inputs=[
            {
                "name": "photograph",
                "kind": "image",
                "description": (
                    "Colour photograph of the retina in which 30 degrees are about 920 pixels, "
                    "or a part of one."
                ),
                "feeds": "image",
                "mediaTypes": ["image/png", "image/jpeg"],
                "maxPixels": 2048 * 1536,
                "steps": [
                    {"op": "decode_image", "colour": "rgb", "values": "fraction"},
                    {"op": "resize_image_by", "scaleX": 0.5, "scaleY": 0.5, "interpolation": "area"},
                    {"op": "image_to_tensor", "layout": "CHW", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]},
                ],
            }
        ],
        outputs=[
            {
                "name": "vessels",
                "kind": "mask",
                "description": "Pixels of vessels, arteries and veins alike.",
                "from": "probability",
                "input": "photograph",
                "activation": "none",
                "mode": "binary",
                "classes": [{"label": "vessel", "threshold": threshold}],
            }
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    path = INPUTS / f"{case}.png"
    content = path.read_bytes()
    probability = predict(described, RESULT / "model.onnx", content)
    threshold = described["outputs"][0]["classes"][0]["threshold"]
    # The runtime holds probabilities as float32 when it decides.
    called = on_grid(np.float32(probability[0, 0]) >= threshold, decoded(content, "rgb").shape[:2])
    return mask_case(
        case,
        f"{GOLDEN[case]} From a photograph that was used neither in training nor in testing.",
        {"photograph": {"image": image_value(path.name, content)}},
        "probability",
        probability,
        "vessels",
        {"vessel": int(called.sum())},
    )


if __name__ == "__main__":
    write_sample(HERE / VERSION, RESULT, manifest(trained_threshold(RESULT)), GOLDEN, case_of)
