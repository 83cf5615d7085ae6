"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/tissue-pixels/package.py

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
from digital_pathology import TISSUE, binding  # noqa: E402
from mask_golden import mask_case  # noqa: E402
from package_files import write_json  # noqa: E402
from package_frame import Manifest, sample_manifest, trained_threshold, write_sample  # noqa: E402
from reference import predict  # noqa: E402

NAME, VERSION = "tissue-pixels", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME

GOLDEN = {
    "stroma": "Connective tissue with clefts.",
    "edge-of-tissue": "The edge of the section, tissue beside glass.",
    "glass": "Empty glass.",
    "horn-lamellae": "Thin dark lamellae of horn with white between them.",
    "green-ink": "Fragments of tissue with green ink, a colour that was not drawn as either kind.",
}


def manifest(threshold: float) -> Manifest:
    extents = {"dataType": "FP32", "maxExtent": 4096}
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Tissue or glass, pixel by pixel, in a stained slide",
        intended_use=(
            "Research and demonstration: marks what is not empty glass in an overview (2 micrometres "
            "a pixel or more) of a slide stained with haematoxylin and eosin, to save looking at glass."
        ),
        limitations=[
            "Not clinically validated; finds colour and not disease: it cannot tell kinds of tissue.",
            "Learned from coarse outlines on one slide, drawn by eye: in effect the rule that what "
            "is darker or more coloured than glass is tissue.",
            "Dust, ink, folds and pen marks are called tissue; fat and other pale tissue is called "
            "glass but for its walls.",
            "Pictures whose stain was normalized can show glass in colour: all of it is then called "
            "tissue. Other stains than haematoxylin and eosin were not tried.",
        ],
        license="CC0-1.0",
        data="OpenSlide test data (Aperio CMU-1)",
        tensors={
            "inputs": [{"name": "image", "shape": [1, 3, -1, -1], **extents}],
            "outputs": [
                {"name": "probability", "shape": [1, 1, -1, -1], "range": [0, 1], **extents}
            ],
        },
        inputs=[
            {
                "name": "overview",
                "kind": "image",
                "description": "An overview of a slide, or a part or tile of one, in colour as scanned.",
                "feeds": "image",
                "mediaTypes": ["image/png", "image/jpeg", "image/tiff", "image/bmp", "application/dicom"],
                "maxPixels": 2048 * 2048,
                "modalities": ["SM"],
                "steps": [
                    {"op": "decode_image", "colour": "rgb"},
                    {"op": "decode_dicom_colour", "colour": "rgb", "monochrome": "refuse"},
                    {
                        "op": "image_to_tensor",
                        "layout": "CHW",
                        "scale": 1 / 255,
                        "mean": [0.5, 0.5, 0.5],
                        "std": [1, 1, 1],
                    },
                ],
            }
        ],
        outputs=[
            {
                "name": "tissue",
                "kind": "mask",
                "description": "Pixels that are not empty glass.",
                "from": "probability",
                "input": "overview",
                "activation": "none",
                "mode": "binary",
                "classes": [
                    {
                        "label": "tissue",
                        "threshold": threshold,
                        "codes": [TISSUE],
                        "category": TISSUE,
                    }
                ],
            },
            {
                "name": "tissue_probability",
                "kind": "map",
                "description": "How surely a pixel is not empty glass.",
                "codes": [TISSUE],
                "from": "probability",
                "input": "overview",
                "quantity": "probability",
                "unit": "1",
                "range": [0, 1],
            },
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    path = INPUTS / f"{case}.png"
    content = path.read_bytes()
    probability = predict(described, RESULT / "model.onnx", content)
    threshold = described["outputs"][0]["classes"][0]["threshold"]
    called = np.float32(probability) >= threshold
    return mask_case(
        case,
        f"{GOLDEN[case]} A part of the training slide, reduced to 2 micrometres a pixel.",
        {"overview": {"image": image_value(path.name, content)}},
        "probability",
        probability,
        "tissue",
        {"tissue": int(called.sum())},
        profile="strict",
    )


if __name__ == "__main__":
    threshold = trained_threshold(RESULT)
    bindings = HERE / VERSION / "bindings"
    bindings.mkdir(exist_ok=True)
    write_json(bindings / "digital-pathology.json", binding(threshold))
    write_sample(HERE / VERSION, RESULT, manifest(threshold), GOLDEN, case_of)
