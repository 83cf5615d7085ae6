"""The binding of the model to slides: bindings/digital-pathology.json of the package."""

from __future__ import annotations

from typing import Any

TISSUE = {"system": "http://snomed.info/sct", "code": "85756007", "display": "Tissue"}

HALO = 1
"""A pixel is judged with its eight neighbours, so tiles need one pixel around them."""


def binding(threshold: float) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "analyses": [
            {
                "label": "tissue",
                "title": "Tissue of the slide, as what is not empty glass",
                "input": "overview",
                "outputs": ["tissue_probability"],
                "tile": {
                    "size": 256 + 2 * HALO,
                    "stride": 256,
                    # The coarser of the two scales that it was trained at; the finer one serves, too.
                    "micronsPerPixel": 8,
                    "tolerance": 0.3,
                    "blending": "crop",
                },
                # It finds tissue itself.
                "tissue": {"method": "none"},
                "coding": {"tissue_probability": {"category": TISSUE, "type": TISSUE}},
                "regions": {"threshold": threshold, "minAreaUm2": 10000},
                "promort": {"type": "TISSUE"},
            }
        ],
    }
