"""Writes 1.0.0/ from the training result and the sample inputs. Needs no training data.

    /usr/bin/python3 samples/models/hippocampus-volume/package.py

Golden values are computed by reference.py in float64.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent)]

from mask_golden import mask_case  # noqa: E402
from package_frame import Manifest, sample_manifest, write_sample  # noqa: E402
from reference import predict  # noqa: E402
from volume_steps import volume_value  # noqa: E402

NAME, VERSION = "hippocampus-volume", "1.0.0"
RESULT = HERE / "training" / "result"
INPUTS = HERE.parent.parent / "inputs" / NAME
STRUCTURES = ("anterior", "posterior")

GOLDEN = {
    "left-head": "Part of the left hippocampus: head and the beginning of the body.",
    "right-tail": "Part of the right hippocampus, the other side than that of the training crops.",
    "white-matter": "Above the hippocampus: none of it is in the crop. Extents odd and even.",
}


def manifest() -> Manifest:
    extents = {"dataType": "FP32", "maxExtent": 96}
    return sample_manifest(
        NAME,
        VERSION,
        RESULT,
        title="Anterior and posterior hippocampus in a T1-weighted MRI crop",
        intended_use=(
            "Research and demonstration: marks head, and body with tail, of one hippocampus in a crop of "
            "about 36 x 50 x 36 mm of a T1-weighted brain MRI with voxels of 1 mm."
        ),
        limitations=[
            "Not clinically validated; not for diagnosis, staging or following of any disease.",
            "Needs a crop around one hippocampus; it does not find the hippocampus in a head, and "
            "in another place of the brain it marks what is not there.",
            "Trained on 36 crops of one scanner and one site, measured on 18: adults, healthy or with "
            "a psychotic disorder. Atrophy, tumours, children and other scanners were not measured.",
            "The data set names no persons: crops of both sides of one person may lie on both sides "
            "of the split.",
        ],
        license="CC-BY-SA-4.0",
        data="Medical Segmentation Decathlon, Task04",
        tensors={
            "inputs": [{"name": "volume", "shape": [1, 1, -1, -1, -1], **extents}],
            "outputs": [
                {"name": "probabilities", "shape": [1, 3, -1, -1, -1], "range": [0, 1], **extents}
            ],
        },
        inputs=[
            {
                "name": "mri",
                "kind": "volume",
                "description": (
                    "T1-weighted MRI around one hippocampus, 1 mm: about 36 mm to the right, 50 mm "
                    "forward, 36 mm up, the hippocampus in the middle."
                ),
                "feeds": "volume",
                "mediaTypes": ["application/x-nifti", "application/dicom"],
                "maxVoxels": 64 * 64 * 64,
                "spacingMm": {"minimum": [0.9, 0.9, 0.9], "maximum": [1.1, 1.1, 1.1]},
                "steps": [
                    {"op": "orient_volume", "axes": "RAS"},
                    {"op": "z_score_volume", "epsilon": 0.001},
                    {"op": "volume_to_tensor", "layout": "NCDHW"},
                ],
            }
        ],
        outputs=[
            {
                "name": "hippocampus",
                "kind": "mask",
                "description": "Head (anterior), and body with tail (posterior).",
                "from": "probabilities",
                "input": "mri",
                "activation": "none",
                "mode": "multiclass",
                "classes": [{"label": "background"}, *({"label": name} for name in STRUCTURES)],
            }
        ],
    )


def case_of(case: str, described: Manifest) -> dict[str, Any]:
    content = (INPUTS / f"{case}.nii").read_bytes()
    probabilities = predict(described, RESULT / "model.onnx", content)
    labels = probabilities[0].argmax(axis=0)
    return mask_case(
        case,
        f"{GOLDEN[case]} From the Colin27 head, a person of no training or test crop.",
        {"mri": {"volume": volume_value(content)}},
        "probabilities",
        probabilities,
        "hippocampus",
        {name: int((labels == k + 1).sum()) for k, name in enumerate(STRUCTURES)},
    )


if __name__ == "__main__":
    write_sample(HERE / VERSION, RESULT, manifest(), GOLDEN, case_of)
