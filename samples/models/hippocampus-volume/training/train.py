r"""Trains the hippocampus segmentation and measures it on crops it never saw.

    /usr/bin/python3 samples/models/hippocampus-volume/training/train.py \
        --data ../shared/data --out samples/models/hippocampus-volume/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about four minutes of one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Sequence

import numpy as np

sys.path.append(str(Path(__file__).parents[2]))

from decathlon import STRUCTURES, Crop, read_crops  # noqa: E402
from fitting import WIDTHS, fit, labels_of  # noqa: E402
from fitting_loop import make_repeatable  # noqa: E402
from graph_writer import GraphWriter  # noqa: E402
from intervals import with_intervals  # noqa: E402
from training_run import arguments_of, say, write_json  # noqa: E402
from unet import UNet  # noqa: E402

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000
TEST_CROPS, VALIDATION_CROPS = 18, 6


def figures_of(crop: Crop, found: np.ndarray) -> dict[str, float]:
    """Overlap and volume of each structure and of both together; a voxel is 1 mm3."""
    figures: dict[str, float] = {}
    for k, structure in enumerate((*STRUCTURES, "whole")):
        of = (lambda label, k=k: label == k + 1) if k < len(STRUCTURES) else (lambda label: label > 0)
        truth, called = of(crop.label), of(found)
        figures[f"dice_{structure}"] = float(2 * np.sum(truth & called) / (truth.sum() + called.sum()))
        figures[f"volume_mm3_{structure}"] = float(called.sum())
        figures[f"volume_error_percent_{structure}"] = float(
            100 * (called.sum() - truth.sum()) / truth.sum()
        )
    return figures


def mean_figures(crops: Sequence[dict[str, float]]) -> dict[str, float | None]:
    means = {
        name: float(np.mean([figures[name] for figures in crops]))
        for name in crops[0]
        if not name.startswith("volume_mm3")
    }
    absolute = {
        f"absolute_{name}": float(np.mean([abs(figures[name]) for figures in crops]))
        for name in crops[0]
        if name.startswith("volume_error")
    }
    return means | absolute


def measured(network: UNet, crops: Sequence[Crop]) -> dict:
    by_crop = {crop.name: figures_of(crop, labels_of(network, crop.values)) for crop in crops}
    return {
        "mean_of_crops": with_intervals(
            list(by_crop.values()), mean_figures, BOOTSTRAP_RESAMPLES, SEED
        ),
        "by_crop": {
            name: {key: round(value, 4) for key, value in figures.items()}
            for name, figures in by_crop.items()
        },
    }


def write_graph(network: UNet, path: Path) -> None:
    extents = ["depth", "height", "width"]
    graph = GraphWriter("hippocampus_volume", "volume", [1, 1, *extents])
    graph.node("Softmax", [network.add_to(graph, "volume")], "probabilities", axis=1)
    graph.write(path, "probabilities", [1, 1 + len(STRUCTURES), *extents])


def main() -> None:
    arguments = arguments_of(__doc__)
    make_repeatable()

    crops = read_crops(arguments.data / "hippocampus")
    # Whole runs of numbers, in case neighbours in number are one person's two sides.
    test = crops[-TEST_CROPS:]
    validation = crops[-TEST_CROPS - VALIDATION_CROPS : -TEST_CROPS]
    train = crops[: -TEST_CROPS - VALIDATION_CROPS]
    say(f"{len(train)} training, {len(validation)} validation, {len(test)} test crops")
    network = fit(train, SEED, say)
    write_graph(network, arguments.out / "model.onnx")
    result = {
        "model": f"3-D U-Net of widths {WIDTHS}",
        "weights": sum(p.numel() for p in network.parameters()),
        "training_crops": [crop.name for crop in train],
        "validation_crops": [crop.name for crop in validation],
        "test_crops": [crop.name for crop in test],
        "validation": measured(network, validation),
        "test": measured(network, test),
    }
    write_json(arguments.out / "metrics.json", result)
    print(json.dumps({part: result[part]["mean_of_crops"] for part in ("validation", "test")}, indent=1))


if __name__ == "__main__":
    main()
