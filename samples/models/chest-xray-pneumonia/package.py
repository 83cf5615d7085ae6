"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/chest-xray-pneumonia/package.py

Golden values are computed by reference.py in float64.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent)]

from image_steps import image_value  # noqa: E402
from package_frame import (  # noqa: E402
    Manifest,
    decided,
    golden_case,
    sample_manifest,
    trained_threshold,
    write_sample,
)
from reference import predict  # noqa: E402

NAME, VERSION = "chest-xray-pneumonia", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME
SIDE = 28
NORMAL, PNEUMONIA = "normal", "pneumonia"

GOLDEN = {
    "clear-lungs": "Two dark lungs.",
    "clear-lungs-overexposed": "The same, brighter all over: exposure must not decide.",
    "one-dense-lung": "One lung nearly as bright as the body.",
    "dense-bases": "The lower halves of both lungs brighter than the upper ones.",
    "both-dense": "Both lungs nearly as bright as the body.",
    "uniform-grey": "Nothing but grey: the model is sure of pneumonia where there is no lung at all.",
}


def manifest(threshold: float) -> Manifest:
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Pneumonia in a child's chest X-ray of 28 x 28 pixels",
        intended_use=(
            "Research and demonstration: tells whether a frontal chest X-ray of a child aged 1 to 5, "
            "reduced to 28 x 28 grey pixels as in PneumoniaMNIST, resembles those labelled pneumonia."
        ),
        limitations=[
            "Not clinically validated; not for screening, triage, diagnosis or treatment.",
            "Sees 28 x 28 pixels: a radiologist's picture has ten thousand times as many.",
            "Children of one hospital, each either healthy or with pneumonia: other diseases, adults "
            "and other hospitals are not in the data, and what is none of the two is called one.",
            "Nearly every fifth healthy child of the test pictures was called pneumonia. A picture "
            "without lungs is called pneumonia with certainty.",
        ],
        license="CC-BY-4.0",
        data="PneumoniaMNIST of MedMNIST",
        tensors={
            "inputs": [
                {"name": "image", "dataType": "FP32", "shape": [-1, 1, SIDE, SIDE], "range": [0, 1]}
            ],
            "outputs": [
                {"name": "probabilities", "dataType": "FP32", "shape": [-1, 2], "range": [0, 1]}
            ],
        },
        inputs=[
            {
                "name": "xray",
                "kind": "image",
                "description": (
                    "Frontal chest X-ray, upright, the heart on the right: the centred square of "
                    "the short edge, reduced to 28 x 28. Other sizes are refused."
                ),
                "feeds": "image",
                "mediaTypes": ["image/png"],
                "maxPixels": SIDE * SIDE,
                "steps": [
                    {"op": "decode_image", "colour": "gray", "values": "fraction"},
                    {"op": "image_to_tensor", "layout": "CHW", "scale": 1, "mean": [0], "std": [1]},
                ],
            }
        ],
        outputs=[
            {
                "name": "finding",
                "kind": "classification",
                "description": "Labelled pneumonia (bacterial or viral), or normal.",
                "from": "probabilities",
                "activation": "none",
                "mode": "binary",
                "classes": [{"label": NORMAL}, {"label": PNEUMONIA, "threshold": threshold}],
                "nearThresholdMargin": 0.05,
            }
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    path = INPUTS / f"{case}.png"
    content = path.read_bytes()
    probabilities = predict(described, RESULT / "model.onnx", content)[0]
    threshold = described["outputs"][0]["classes"][1]["threshold"]
    decision = PNEUMONIA if probabilities[1] >= threshold else NORMAL
    return golden_case(
        case,
        f"{GOLDEN[case]} A drawn phantom, no person: it tests arithmetic, not medicine.",
        {"xray": {"image": image_value(path.name, content)}},
        "probabilities",
        [1, 2],
        probabilities.tolist(),
        decided("finding", decision),
    )


if __name__ == "__main__":
    write_sample(HERE / VERSION, RESULT, manifest(trained_threshold(RESULT)), GOLDEN, case_of)
