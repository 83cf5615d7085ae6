r"""Trains the vessel segmentation and measures it on children it never saw.

    /usr/bin/python3 samples/models/retina-vessels/training/train.py \
        --data ../shared/data --out samples/models/retina-vessels/training/result

Writes model.onnx and metrics.json into the --out folder. Needs about four minutes of one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Mapping

import numpy as np

sys.path.append(str(Path(__file__).parents[2]))

from chasedb1 import TEST, TRAIN, VALIDATION, Eye, read_eyes  # noqa: E402
from evaluation import dice, figures_of, mean_figures  # noqa: E402
from fitting import WIDTHS, fit, probabilities  # noqa: E402
from fitting_loop import make_repeatable  # noqa: E402
from graph_writer import GraphWriter  # noqa: E402
from intervals import with_intervals  # noqa: E402
from mask_golden import on_grid  # noqa: E402
from training_run import arguments_of, say, write_json  # noqa: E402
from unet import UNet  # noqa: E402

SEED = 2024
BOOTSTRAP_RESAMPLES = 2000


def best_threshold(eyes: list[Eye], found: Mapping[str, np.ndarray]) -> float:
    """In steps of 0.02, the one with the highest mean Dice."""

    def mean_dice(threshold: float) -> float:
        return np.mean(
            [
                dice(on_grid(found[eye.name] >= threshold, eye.first.shape), eye.first)
                for eye in eyes
            ]
        )

    return max((step / 50 for step in range(5, 46)), key=mean_dice)


def measured(eyes: list[Eye], found: Mapping[str, np.ndarray], threshold: float) -> dict:
    by_eye = {eye.name: figures_of(eye, found[eye.name], threshold) for eye in eyes}
    by_patient: dict[str, list[dict[str, float]]] = {}
    for eye in eyes:
        by_patient.setdefault(eye.patient, []).append(by_eye[eye.name])
    return {
        "mean_of_photographs": with_intervals(
            list(by_patient.values()), mean_figures, BOOTSTRAP_RESAMPLES, SEED
        ),
        "by_photograph": {
            name: {key: round(value, 4) for key, value in figures.items()}
            for name, figures in by_eye.items()
        },
    }


def write_graph(network: UNet, path: Path) -> None:
    graph = GraphWriter("retina_vessels", "image", ["batch", 3, "height", "width"])
    graph.node("Sigmoid", [network.add_to(graph, "image")], "probability")
    graph.write(path, "probability", ["batch", 1, "height", "width"])


def main() -> None:
    arguments = arguments_of(__doc__)
    make_repeatable()

    folder = arguments.data / "retina" / "CHASEDB1"
    network = fit(read_eyes(folder, TRAIN), SEED, say)
    write_graph(network, arguments.out / "model.onnx")

    validation, test = read_eyes(folder, VALIDATION), read_eyes(folder, TEST)
    found = {eye.name: probabilities(network, eye) for eye in validation + test}
    threshold = best_threshold(validation, found)
    result = {
        "model": f"U-Net of widths {WIDTHS} at half size",
        "weights": sum(p.numel() for p in network.parameters()),
        "threshold": threshold,
        "training_patients": list(TRAIN),
        "validation_patients": list(VALIDATION),
        "test_patients": list(TEST),
        "validation": measured(validation, found, threshold),
        "test": measured(test, found, threshold),
    }
    write_json(arguments.out / "metrics.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
