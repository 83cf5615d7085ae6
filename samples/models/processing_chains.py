"""The bindings of the sample models to processing chains: bindings/processing-chain.json of each package.

    /usr/bin/python3 samples/models/processing_chains.py

writes them into the packages as they are, without training or golden values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from package_files import write_checksums, write_json

HERE = Path(__file__).resolve().parent
VERSION = "1.0.0"

SMALL = {"cores": 1, "ramMiB": 1024, "timeLimitS": 1800}
"""Of one task, measured: hippocampus-volume, the largest of them, stays below 600 MiB."""

CHAINS: dict[str, list[dict[str, Any]]] = {
    "hippocampus-volume": [
        {
            "label": "segment",
            "title": "Head and body of the hippocampus in each crop of a cohort",
            "item": {"kind": "file", "mediaTypes": ["application/x-nifti", "application/dicom"]},
            "chunk": {"items": 10},
            "resources": SMALL,
        },
        {
            "label": "segment-series",
            "title": "Head and body of the hippocampus in each DICOM series of a cohort",
            "item": {"kind": "series", "mediaTypes": ["application/dicom"]},
            "chunk": {"items": 10},
            "resources": SMALL,
        },
    ],
    "chest-xray-pneumonia": [
        {
            "label": "triage",
            "title": "Pneumonia on each chest X-ray of a cohort",
            "item": {"kind": "file", "mediaTypes": ["image/png"]},
            "chunk": {"items": 200},
            "onRefusedItem": "record",
            "resources": SMALL,
        }
    ],
    "retina-vessels": [
        {
            "label": "vessels",
            "title": "Vessels of each fundus photograph of a cohort",
            "item": {"kind": "file", "mediaTypes": ["image/png", "image/jpeg"]},
            "chunk": {"items": 8},
            "resources": SMALL,
        }
    ],
    "ecg-beat": [
        {
            "label": "beats",
            "title": "Kind of the beat in each cut of an ECG",
            "item": {"kind": "file", "mediaTypes": ["application/x-edf"]},
            "parameters": [
                {
                    "name": "fromS",
                    "description": "Where the cut begins, in seconds.",
                    "default": 0,
                    "minimum": 0,
                },
                {"name": "lengthS", "description": "How long it is, in seconds.", "minimum": 0.1},
            ],
            "chunk": {"items": 500},
            "onRefusedItem": "record",
            "resources": SMALL,
        }
    ],
    "heart-disease-risk": [
        {
            "label": "risk",
            "title": "Risk of heart disease for each row of a cohort",
            "item": {"kind": "file", "mediaTypes": ["application/json"]},
            "chunk": {"items": 500},
            "onRefusedItem": "record",
            "resources": SMALL,
        }
    ],
    "tissue-pixels": [
        {
            "label": "tissue-map",
            "title": "Map of the tissue of each slide of a cohort",
            "item": {
                "kind": "slide",
                "mediaTypes": ["image/tiff", "application/dicom"],
                "analysis": "tissue",
            },
            "parameters": [
                {
                    "name": "micronsPerPixel",
                    "description": "Micrometres of a pixel where the slide states none, or a wrong one.",
                    "minimum": 0.05,
                    "maximum": 20,
                }
            ],
            "chunk": {"items": 1},
            "onRefusedItem": "record",
            "resources": SMALL,
        }
    ],
}


def write_chains(name: str, folder: Path) -> None:
    """The binding of a sample model, beside whatever else its package has."""
    bindings = folder / "bindings"
    bindings.mkdir(exist_ok=True)
    write_json(
        bindings / "processing-chain.json", {"schemaVersion": 1, "chains": CHAINS[name]}
    )


if __name__ == "__main__":
    for model in CHAINS:
        package = HERE / model / VERSION
        write_chains(model, package)
        write_checksums(package)
