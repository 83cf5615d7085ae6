r"""Trains the hippocampus segmentation and measures it on crops it never saw.

    /usr/bin/python3 samples/models/hippocampus-volume/training/train.py \
        --data ../shared/data --out samples/models/hippocampus-volume/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about four minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Sequence

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[2]))

from decathlon import STRUCTURES, Crop, read_crops  # noqa: E402
from fitting import WIDTHS, fit, labels_of  # noqa: E402
from graph_writer import GraphWriter  # noqa: E402
from intervals import with_intervals  # noqa: E402
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    # One thread and deterministic kernels: the same weights from every run.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    crops = read_crops(arguments.data / "hippocampus")
    # Whole runs of numbers, in case neighbours in number are one person's two sides.
    test = crops[-TEST_CROPS:]
    validation = crops[-TEST_CROPS - VALIDATION_CROPS : -TEST_CROPS]
    train = crops[: -TEST_CROPS - VALIDATION_CROPS]
    print(f"{len(train)} training, {len(validation)} validation, {len(test)} test crops", flush=True)
    network = fit(train, SEED, lambda line: print(line, flush=True))
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
    (arguments.out / "metrics.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({part: result[part]["mean_of_crops"] for part in ("validation", "test")}, indent=1))


if __name__ == "__main__":
    main()
